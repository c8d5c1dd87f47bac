import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

// Runs in the node: it connects to the test, evaluates what the test sends, and halts when the test closes the connection, also
// because the test was killed.
const program = (port: number): string => `
spawn(fn ->
  {:ok, socket} = :gen_tcp.connect({127, 0, 0, 1}, ${port}, [:binary, packet: 4, active: false])
  loop = fn loop ->
    case :gen_tcp.recv(socket, 0) do
      {:ok, code} ->
        answer =
          try do
            Code.eval_string(code)
            ""
          catch
            kind, reason -> Exception.format(kind, reason, __STACKTRACE__)
          end
        :gen_tcp.send(socket, answer)
        loop.(loop)
      _ -> System.halt(0)
    end
  end
  loop.(loop)
end)`

/** Connection between a test and an Elixir node beside the distribution: it works in a partition too. */
export class BeamControl {
  readonly #server: Server
  /** Resolves when the node has connected. */
  readonly connected: Promise<void>
  #socket: Socket | undefined
  #received = Buffer.alloc(0)
  readonly #waiting: ((answer: string) => void)[] = []

  private constructor(server: Server) {
    this.#server = server
    this.connected = new Promise((resolve) => {
      server.once('connection', (socket) => {
        this.#socket = socket
        socket.on('data', (bytes) => this.#take(bytes))
        socket.on('error', () => {})
        socket.on('close', () => {
          for (const answer of this.#waiting.splice(0)) answer('the node has ended')
        })
        resolve()
      })
    })
  }

  static async listen(): Promise<BeamControl> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new BeamControl(server)
  }

  /** Elixir code that the node evaluates at its start. */
  get program(): string {
    return program((this.#server.address() as AddressInfo).port)
  }

  /** Evaluates Elixir code on the node. Resolves with the text of its error; with an empty text where there is none. */
  evaluate(code: string): Promise<string> {
    const bytes = Buffer.from(code)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return new Promise((resolve) => {
      if (!this.#socket || this.#socket.destroyed) return resolve('the node has ended')
      this.#waiting.push(resolve)
      this.#socket.write(Buffer.concat([length, bytes]))
    })
  }

  /** Closes the connection, which ends the node. */
  close(): void {
    this.#socket?.destroy()
    this.#server.close()
  }

  #take(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes])
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readUInt32BE(0)
      if (this.#received.length < end) return
      this.#waiting.shift()?.(this.#received.toString('utf8', 4, end))
      this.#received = this.#received.subarray(end)
    }
  }
}
