/** The machine that runs compiled functions. */

export { evaluate } from './evaluate.ts'
export {
  type Callable,
  type CodeLoader,
  currentMachine,
  type Direct,
  type Env,
  type Instruction,
  isTimeout,
  type Label,
  Machine,
  TAIL,
} from './machine.ts'
export { CallRequest, call, type Native, nativeOf, type Steps, tailCall } from './native.ts'
export { ERL_EVAL, nameInstructions } from './stack.ts'
export { thrownToRaise } from './thrown-to-raise.ts'
