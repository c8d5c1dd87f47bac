export {
  type ChildOptions,
  type ChildSpec,
  named,
  type Restart,
  type Shutdown,
  type StartCall,
  specOptions,
} from './child-spec.ts'
export { endProcess } from './terminate-process.ts'
