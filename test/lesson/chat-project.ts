import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Beam, Home } from '../support/beam.ts'

// The project of `mix new chat --sup` with the changes of the lesson up to the end of "Distributed Tasks".
const files = {
  'mix.exs': `defmodule Chat.MixProject do
  use Mix.Project

  def project do
    [app: :chat, version: "0.1.0", elixir: "~> 1.14", start_permanent: Mix.env() == :prod, deps: []]
  end

  def application do
    [extra_applications: [:logger], mod: {Chat.Application, []}]
  end
end
`,
  'lib/chat/application.ex': `defmodule Chat.Application do
  @moduledoc false

  use Application

  def start(_type, _args) do
    children = [
      {Task.Supervisor, name: Chat.TaskSupervisor}
    ]

    opts = [strategy: :one_for_one, name: Chat.Supervisor]
    Supervisor.start_link(children, opts)
  end
end
`,
  'lib/chat.ex': `defmodule Chat do
  def receive_message(message) do
    IO.puts message
  end

  def receive_message_for_moebi(message, from) do
    IO.puts message
    send_message(from, "chicken?")
  end

  def send_message(:moebi@localhost, message) do
    spawn_task(__MODULE__, :receive_message_for_moebi, :moebi@localhost, [message, Node.self()])
  end

  def send_message(recipient, message) do
    spawn_task(__MODULE__, :receive_message, recipient, [message])
  end

  def spawn_task(module, fun, recipient, args) do
    recipient
    |> remote_supervisor()
    |> Task.Supervisor.async(module, fun, args)
    |> Task.await()
  end

  defp remote_supervisor(recipient) do
    {Chat.TaskSupervisor, recipient}
  end
end
`,
}

/** Compiles the lesson's mix project with this installation of Elixir. The caller removes the folder. */
export async function compileChat(beam: Beam): Promise<Home> {
  const folder = await beam.home()
  try {
    for (const [path, text] of Object.entries(files)) {
      const file = join(folder.outside, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    }
    const [command = '', ...rest] = beam.command(
      ['mix', 'compile', '--warnings-as-errors'],
      { HOME: folder.inside },
      folder.inside,
    )
    await promisify(execFile)(command, rest)
    return folder
  } catch (error) {
    await folder[Symbol.asyncDispose]()
    throw error
  }
}
