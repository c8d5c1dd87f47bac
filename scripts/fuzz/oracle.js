import { spawn } from 'node:child_process'

const program = `
  process_flag(trap_exit, true),
  Port = open_port({fd, 0, 1}, [binary, {packet, 4}]),
  (fun Loop() ->
    receive
      {Port, {data, <<Size:32, Bytes:Size/binary, Encoded/binary>>}} ->
        Verdict = try binary_to_term(Bytes, [used]) of
          {_, Used} when Used < Size -> 0;
          {_, _} when Encoded =:= <<>> -> 1;
          {Term, _} -> try binary_to_term(Encoded) of Term -> 1; _ -> 2 catch _:_ -> 3 end
        catch _:_ -> 0 end,
        port_command(Port, <<Verdict>>),
        Loop();
      {'EXIT', Port, _} -> halt()
    end
  end)().`
/** Atoms are never removed from the table of a BEAM, so that it is started again after so many questions. */
const QUESTIONS = 200_000

/**
 * An Erlang node that says whether `binary_to_term` accepts bytes, and whether other bytes are the same term. Bytes after the term are
 * refused, as by `decode`.
 */
export class Oracle {
  #erl
  #waiting = []
  asked = 0

  /** Returns 'refused', 'accepted' or, for other bytes that are another term or none, 'different'. */
  async judge(bytes, encoded = new Uint8Array(0)) {
    if (!this.#erl || this.asked++ % QUESTIONS === 0) await this.#restart()
    const header = Buffer.alloc(8)
    header.writeUInt32BE(4 + bytes.length + encoded.length)
    header.writeUInt32BE(bytes.length, 4)
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#erl.stdin.write(Buffer.concat([header, bytes, encoded]))
    })
  }

  /** Resolves when all questions are answered. */
  async idle() {
    while (this.#waiting.length > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  }

  close() {
    this.#erl?.stdin.end()
  }

  async #restart() {
    await this.idle()
    this.close()
    this.#erl = spawn('erl', ['-noshell', '-noinput', '-eval', program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let bytes = Buffer.alloc(0)
    this.#erl.stdout.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk])
      let at = 0
      for (; at + 5 <= bytes.length; at += 5) {
        this.#waiting.shift()(['refused', 'accepted', 'different', 'different'][bytes[at + 4]])
      }
      bytes = bytes.subarray(at)
    })
  }
}
