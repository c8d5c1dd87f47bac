import { readFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** A process of a real node and where it was when it was looked at, innermost call first. */
export interface ProcessStack {
  readonly pid: string
  readonly name: string
  readonly frames: readonly string[]
}

interface Question {
  readonly resolve: (answer: string) => void
  readonly reject: (error: Error) => void
}

// Runs inside the node, as one -eval: it connects back to us and answers each frame from a process of its own. Quoted
// with ' on the way there, so it writes no ' itself.
const answering = `
  spawn(fun() ->
    {ok, Socket} = gen_tcp:connect({ADDRESS}, PORT, [binary, {packet, 4}, {active, false}]),
    Text = fun(Format, Values) -> unicode:characters_to_binary(io_lib:format(Format, Values)) end,
    Run = fun
      ($x, Code) ->
        {Value, _} = apply(list_to_atom("Elixir.Code"), eval_string, [Code]),
        apply(list_to_atom("Elixir.Kernel"), inspect, [Value, [{limit, infinity}, {printable_limit, infinity}]]);
      ($e, Code) ->
        {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Code)),
        {ok, Expressions} = erl_parse:parse_exprs(Tokens),
        {value, Value, _} = erl_eval:exprs(Expressions, []),
        Text("~0tp", [Value])
    end,
    Loop = fun Loop() ->
      case gen_tcp:recv(Socket, 0) of
        {ok, <<Id:32, Language, Code/binary>>} ->
          spawn(fun() ->
            Answer = try {1, Run(Language, Code)}
            catch
              Class:Reason:_ when Language =:= $x ->
                {0, apply(list_to_atom("Elixir.Exception"), format_banner, [Class, Reason])};
              Class:Reason:_ -> {0, Text("~0tp: ~0tp", [Class, Reason])}
            end,
            gen_tcp:send(Socket, [<<Id:32, (element(1, Answer))>>, element(2, Answer)])
          end),
          Loop();
        _ -> ok
      end
    end,
    Loop()
  end).`

/**
 * A line into a real node that needs neither its terminal nor a second node: the node is started with the probe's
 * flags and connects back. Not for what the distribution itself should carry.
 */
export class Probe {
  readonly #server: Server
  #socket: Socket | undefined
  #received = Buffer.alloc(0)
  #lastId = 0
  #logFile: string | undefined
  readonly #questions = new Map<number, Question>()

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket) => this.#connected(socket))
  }

  /** @param address one of ours that the node can reach */
  static async listen(address = '127.0.0.1'): Promise<Probe> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, address, resolve))
    return new Probe(server)
  }

  /** What has to stand in the node's ERL_AFLAGS. */
  get flags(): string {
    const { address, port } = this.#server.address() as AddressInfo
    const code = answering.replaceAll(/\s+/g, ' ').replace('ADDRESS', address.replaceAll('.', ','))
    return `-eval '${code.replace('PORT', `${port}`)}'`
  }

  /**
   * Waits until the node is up and can be asked, and begins to write down its log from level warning on.
   * @param logFile the file as the node names it, and as we do
   */
  async ready(
    logFile: { readonly inside: string; readonly outside: string },
    { elixir = true, timeout = 30_000 }: { elixir?: boolean; timeout?: number } = {},
  ): Promise<void> {
    const deadline = Date.now() + timeout
    // Elixir's logger in place means that nothing speaks in OTP's own format any more.
    const application = elixir ? 'logger' : 'kernel'
    const up = `erlang:is_alive() andalso lists:keymember(${application}, 1, application:which_applications()).`
    while (this.#socket === undefined || (await this.erlang(up)) !== 'true') {
      if (Date.now() > deadline) throw new Error(`the node was not up within ${timeout} ms`)
      await pause(40)
    }
    const format = '{logger_formatter, #{single_line => true, template => [level, " ", msg, "\\n"]}}'
    const handler = `#{level => warning, config => #{file => "${logFile.inside}"}, formatter => ${format}}`
    const answer = await this.erlang(`logger:add_handler(moebi_probe, logger_std_h, ${handler}).`)
    if (answer !== 'ok') throw new Error(`the node took no log handler: ${answer}`)
    this.#logFile = logFile.outside
  }

  /** Whether the node is still there. */
  get open(): boolean {
    return this.#socket !== undefined
  }

  /** Evaluates Elixir in a process of its own and gives what `inspect` prints. */
  elixir(code: string, { timeout = 15_000 }: { timeout?: number } = {}): Promise<string> {
    return this.#ask('x', code, timeout)
  }

  /** Evaluates Erlang (with its full stop) in a process of its own and gives what `~0tp` prints. */
  erlang(code: string, { timeout = 15_000 }: { timeout?: number } = {}): Promise<string> {
    return this.#ask('e', code, timeout)
  }

  /** What the node has logged at warning or above, an event a line. After the node's end: what was written by then. */
  async log(): Promise<string[]> {
    if (this.#logFile === undefined) return []
    if (this.open) await this.erlang('logger_std_h:filesync(moebi_probe).')
    const text = await readFile(this.#logFile, 'utf8').catch(() => '')
    return text.split('\n').filter((line) => line !== '')
  }

  /** Every process of the node with its `current_stacktrace`. */
  async processStacks(): Promise<ProcessStack[]> {
    const answer = await this.erlang(`
      Frame = fun({M, F, A, _}) -> io_lib:format("~ts:~ts/~b", [M, F, if is_list(A) -> length(A); true -> A end]) end,
      Name = fun(P) -> case process_info(P, registered_name) of {_, N} -> atom_to_list(N); _ -> "" end end,
      Lines = [[pid_to_list(P), " ", Name(P), " ", lists:join(",", [Frame(X) || X <- Stack]), "\\n"]
        || P <- processes(), P =/= self(), {_, Stack} <- [process_info(P, current_stacktrace)]],
      unicode:characters_to_binary(base64:encode(unicode:characters_to_binary(Lines))).`)
    const lines = Buffer.from(/"(.*)"/.exec(answer)?.[1] ?? '', 'base64')
      .toString()
      .trim()
      .split('\n')
    return lines.map((line) => {
      const [pid = '', name = '', frames = ''] = line.split(' ')
      return { pid, name, frames: frames.split(',') }
    })
  }

  /** The operating system's id of the node. */
  async pid(): Promise<number> {
    return Number((await this.erlang('list_to_integer(os:getpid()).')).trim())
  }

  close(): void {
    this.#socket?.destroy()
    this.#server.close()
  }

  #connected(socket: Socket): void {
    this.#socket = socket
    socket.on('data', (bytes) => this.#take(bytes))
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#socket = undefined
      for (const question of this.#questions.values()) question.reject(new Error('the node has ended'))
      this.#questions.clear()
    })
  }

  #ask(language: 'x' | 'e', code: string, timeout: number): Promise<string> {
    const socket = this.#socket
    if (socket === undefined) return Promise.reject(new Error(`the node is not there to be asked: ${code}`))
    const id = ++this.#lastId
    const body = Buffer.from(`${language}${code}`)
    const head = Buffer.alloc(8)
    head.writeUInt32BE(body.length + 4, 0)
    head.writeUInt32BE(id, 4)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#questions.delete(id)
        reject(new Error(`the node did not answer within ${timeout} ms: ${code}`))
      }, timeout)
      this.#questions.set(id, {
        resolve: (answer) => {
          clearTimeout(timer)
          resolve(answer)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(new Error(`${error.message} (asked: ${code})`))
        },
      })
      socket.write(Buffer.concat([head, body]))
    })
  }

  #take(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes])
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readUInt32BE(0)
      if (this.#received.length < end) return
      const id = this.#received.readUInt32BE(4)
      const good = this.#received[8] === 1
      const text = this.#received.toString('utf8', 9, end)
      this.#received = this.#received.subarray(end)
      const question = this.#questions.get(id)
      this.#questions.delete(id)
      if (good) question?.resolve(text)
      else question?.reject(new Error(text))
    }
  }
}

const waiting = /^(gen:do_call|erpc:|erlang:spawn|global:(?!loop_the_locker|loop_the_registrar))/

/** The processes that wait for somebody else in `after` and did not in `before`: in a call, an erpc, a spawn request or a lock. */
export function newlyStuck(before: readonly ProcessStack[], after: readonly ProcessStack[]): ProcessStack[] {
  const stuck = (stacks: readonly ProcessStack[]) =>
    stacks.filter(({ frames }) => frames.some((frame) => waiting.test(frame)))
  const known = new Set(stuck(before).map(({ pid }) => pid))
  return stuck(after).filter(({ pid }) => !known.has(pid))
}
