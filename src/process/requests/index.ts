/** Requests whose responses are messages for the process that sent them: those of `erpc` and of `GenServer`. */
export { type LabelledResponse, RequestCollection } from './request-collection.ts'
export {
  type CheckForms,
  checkResponse,
  type ReceiveForms,
  receiveResponse,
  type WaitForms,
  waitResponse,
} from './responses.ts'
export { SentRequest } from './sent-request.ts'
