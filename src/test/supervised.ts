import { type ChildSpec, GenServer, Supervisor } from '../gen/index.ts'
import { nameToAtom, type Pid, type Term } from '../term/index.ts'
import { type RunningTest, requireTest } from './test-process.ts'

/** More restarts than any test needs: a supervised process that keeps failing does not end the others. */
const MAX_RESTARTS = 1_000_000

const supervisors = new WeakMap<RunningTest, Promise<Pid>>()

/**
 * Starts a process under the supervisor of the test. It ends before the next test starts, in reverse order of the starts. It is not
 * linked to the process of the test.
 *
 * @throws Error with the reason when the child does not start
 * @see `ExUnit.Callbacks.start_supervised!/2`
 */
export async function startSupervised(child: ChildSpec): Promise<Pid> {
  const test = requireTest('startSupervised()')
  const supervisor = await supervisorOf(test)
  try {
    return await Supervisor.startChild(supervisor, child)
  } catch (cause) {
    const spec = test.process.kernel.inspect(child as unknown as Term)
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`failed to start child with the spec ${spec}.\nReason: ${reason}`, { cause })
  }
}

/**
 * Stops a process that {@link startSupervised} has started, and removes it from the supervisor.
 *
 * @param id of the child specification: the name of the process, unless the specification has another one
 * @throws Error when there is no such child
 * @see `ExUnit.Callbacks.stop_supervised!/1`
 */
export async function stopSupervised(id: ChildSpec['id']): Promise<void> {
  const test = requireTest('stopSupervised()')
  const supervisor = await supervisors.get(test)
  if (!supervisor || !(await Supervisor.terminateChild(supervisor, id)))
    throw new Error(
      `could not stop child ID ${test.process.kernel.inspect(typeof id === 'string' ? nameToAtom(id) : (id as Term))} because it was not found`,
    )
  // A temporary child is removed when it ends.
  await Supervisor.deleteChild(supervisor, id).catch(() => {})
}

function supervisorOf(test: RunningTest): Promise<Pid> {
  const known = supervisors.get(test)
  if (known !== undefined) return known
  const options = { strategy: 'one_for_one', maxRestarts: MAX_RESTARTS, maxSeconds: 1 } as const
  const started = Supervisor.start([], options)
  supervisors.set(test, started)
  test.resources.push({ end: async () => void (await GenServer.stop(await started, 'shutdown')) })
  return started
}
