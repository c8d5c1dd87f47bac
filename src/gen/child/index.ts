export {
  type ChildOptions,
  type ChildSpec,
  type Restart,
  type Shutdown,
  type StartCall,
  specOptions,
  withName,
} from './child-spec.ts'
export { terminateProcess } from './terminate-process.ts'
