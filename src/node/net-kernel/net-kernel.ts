import type { LocalProcess } from '../../process/index.ts'
import { _, atom, error, match, on, type Term, tuple } from '../../term/index.ts'
import type { Peers } from '../peers/index.ts'
import { answer, GEN_CALL } from './gen-call.ts'

const YES = atom('yes')

/**
 * Starts the process `net_kernel`. `net_adm:ping/1` on a peer sends it `{is_auth, Node}`, and disconnects for any answer other
 * than `yes`.
 */
export function startNetKernel({ kernel }: Peers): LocalProcess {
  const process = kernel.create({ label: 'net_kernel', asyncDist: true })
  process.trapExit = true
  process.handle((message) =>
    match(
      message,
      on([GEN_CALL, [_.pid, _], [atom('is_auth'), _]], ([, client]) => answer(process, client, YES)),
      on([GEN_CALL, [_.pid, _], _], ([, client, request]) => answer(process, client, notSupported(request))),
      on(_, () => {}),
    ),
  )
  kernel.register(process, atom('net_kernel'))
  return process
}

function notSupported(request: Term): Term {
  return tuple(error, tuple(atom('notsup'), request))
}
