import { type Atom, IO, Node, Task } from 'moebi'

const MOEBI = 'moebi@localhost'

/** Shows a message on the node it is called on. */
export function receiveMessage(message: string): Atom<'ok'> {
  return IO.puts(message)
}

/** Moebi cannot type, for he is a dog. Whatever one says to him, he has one thing on his mind. */
export function receiveMessageForMoebi(message: string, from: Atom): Promise<Atom<'ok'>> {
  IO.puts(message)
  return sendMessage(from, 'chicken?')
}

/** Says something to a node: a task there, under its supervisor, receives it. */
export async function sendMessage(recipient: string | Atom, message: string): Promise<Atom<'ok'>> {
  const supervisor = { name: 'Chat.TaskSupervisor', node: recipient }
  return String(recipient) === MOEBI
    ? await Task.Supervisor.async(supervisor, receiveMessageForMoebi, [message, Node.self()])
    : await Task.Supervisor.async(supervisor, receiveMessage, [message])
}
