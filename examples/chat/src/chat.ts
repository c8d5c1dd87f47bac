import { Application, type Atom, IO, Node, type Server, Task } from 'moebi'

/** Prints a message on the node on which it is called. */
export function receiveMessage(message: string): Atom<'ok'> {
  return IO.puts(message)
}

/** Sends a message to a node: a task under its supervisor receives it there. */
export function sendMessage(recipient: string | Atom, message: string): Promise<Atom<'ok'>> {
  return String(recipient) === 'moebi@localhost'
    ? spawnTask(receiveMessageForMoebi, recipient, [message, Node.self()])
    : spawnTask(receiveMessage, recipient, [message])
}

/** Moebi is a dog, so he cannot type. He replies to every message with the same question. */
export function receiveMessageForMoebi(message: string, from: Atom): Promise<Atom<'ok'>> {
  IO.puts(message)
  return sendMessage(from, 'chicken?')
}

/** Calls a function as a task on a node, and returns its result. */
export async function spawnTask<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  recipient: string | Atom,
  args: NoInfer<A>,
): Promise<Awaited<R>> {
  return await Task.Supervisor.async(remoteSupervisor(recipient), fn, args)
}

function remoteSupervisor(recipient: string | Atom): Server {
  return Application.getEnv('chat', 'remoteSupervisor')(recipient)
}
