import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'
import { freePort } from '../support/ports.ts'
import { runPage, Service } from './broker-page.ts'

const LIB = '/usr/lib/rabbitmq/lib'
const installed = existsSync(LIB)
  ? readdirSync(LIB).find((name) => name.startsWith('rabbitmq_server-'))
  : undefined

test.runIf(installed)(
  'the examples of docs/rabbitmq.md run against a broker',
  { timeout: 120_000 },
  async () => {
    const [port, distPort] = [await freePort(), await freePort()]
    await using _broker = await Service.start('rabbitcookie', 'completed with', (folder) => ({
      words: [join(LIB, installed!, 'sbin/rabbitmq-server')],
      env: {
        RABBITMQ_NODENAME: 'rabbit@localhost',
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
        RABBITMQ_NODE_PORT: String(port),
        RABBITMQ_DIST_PORT: String(distPort),
        RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
        RABBITMQ_LOG_BASE: join(folder, 'log'),
        RABBITMQ_PID_FILE: join(folder, 'pid'),
        RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
        RABBITMQ_CONF_ENV_FILE: '/dev/null',
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
          '-kernel inet_dist_use_interface {127,0,0,1} -setcookie rabbitcookie',
      },
    }))
    await runPage('rabbitmq.md')
  },
)
