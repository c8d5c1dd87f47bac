import { type Atom, IO, Node, Task } from 'moebi'

const MOEBI = 'moebi@localhost'

/** Prints a message on the node on which it is called. */
export function receiveMessage(message: string): Atom<'ok'> {
  return IO.puts(message)
}

/** Moebi is a dog, so he cannot type. He replies to every message with the same question. */
export function receiveMessageForMoebi(message: string, from: Atom): Promise<Atom<'ok'>> {
  IO.puts(message)
  return sendMessage(from, 'chicken?')
}

/** Sends a message to a node: a task under its supervisor receives it there. */
export async function sendMessage(recipient: string | Atom, message: string): Promise<Atom<'ok'>> {
  const supervisor = { name: 'Chat.TaskSupervisor', node: recipient }
  return String(recipient) === MOEBI
    ? await Task.Supervisor.async(supervisor, receiveMessageForMoebi, [message, Node.self()])
    : await Task.Supervisor.async(supervisor, receiveMessage, [message])
}
