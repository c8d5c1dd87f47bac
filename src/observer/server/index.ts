export { Access } from './access.ts'
export { type Action, HttpServer, type HttpServerOptions, type View } from './http-server.ts'
