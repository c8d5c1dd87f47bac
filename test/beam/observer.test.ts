import { spawn as spawnProgram, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Agent, Application, Supervisor } from '../../src/index.ts'
import type { TestNode } from '../support/cluster.ts'
import { Meeting } from './node-meeting.ts'

// The program observer of Erlang, in an X server without a screen. It needs Xvfb and the packages erlang-observer and erlang-wx.

const available =
  spawnSync('which', ['Xvfb', 'erl']).status === 0 &&
  spawnSync('erl', [
    '-noshell',
    '-eval',
    'halt(case {code:which(observer), code:which(wx)} of {[_|_], [_|_]} -> 0; _ -> 1 end)',
  ]).status === 0

let meeting: Meeting
let kate: TestNode
let home: string

beforeAll(async () => {
  meeting = await Meeting.start()
  kate = await meeting.moebi('kate', { allow: 'observe' })
  await kate.node.run(() =>
    Application.start({
      name: 'shop',
      start: () =>
        Supervisor.startLink([Agent.child(() => 7, { name: 'Memory' })], {
          strategy: 'one_for_one',
          name: 'Top',
        }),
    }),
  )
  home = await mkdtemp(join(tmpdir(), 'observer-'))
})
afterAll(async () => {
  await kate?.node.run(() => Application.stopAll())
  await meeting?.[Symbol.asyncDispose]()
  await rm(home, { recursive: true, force: true })
})

/** Opens each tab for the node, asks for a trace, and prints what the tabs show. */
const SCRIPT = `
  pong = net_adm:ping('kate@localhost'),
  ok = observer:start(),
  timer:sleep(1500),
  [_, State | _] = sys:get_state(observer),
  Fields = tuple_to_list(State),
  [Nodes] = [L || L <- Fields, is_list(L), lists:member('kate@localhost', L)],
  Index = length(lists:takewhile(fun(N) -> N =/= 'kate@localhost' end, Nodes)) + 1,
  observer ! {wx, 1000 + Index, undefined, [], {wxCommand, command_menu_selected, "", 0, 0}},
  {_, Dictionary} = process_info(whereis(observer), dictionary),
  wx:set_env(proplists:get_value(wx_env, Dictionary)),
  [Notebook] = [X || X = {wx_ref, _, wxNotebook, _} <- Fields],
  Panels = [P || L <- Fields, is_list(L), P = {_, {wx_ref, _, _, _}, _} <- L],
  [begin wxNotebook:setSelection(Notebook, I), timer:sleep(1500) end || I <- lists:seq(1, 8)],
  wxNotebook:setSelection(Notebook, 3),
  timer:sleep(2000),
  {_, {wx_ref, _, _, Apps}, _} = lists:keyfind(app_panel, 1, Panels),
  [_, AppState | _] = sys:get_state(Apps),
  [ListBox] = [X || X = {wx_ref, _, wxListBox, _} <- tuple_to_list(AppState)],
  io:format("applications: ~s~n", [[wxListBox:getString(ListBox, I) || I <- lists:seq(0, wxListBox:getCount(ListBox) - 1)]]),
  Self = self(),
  {ok, Traced} = ttb:tracer(['kate@localhost'], [{file, {local, "t"}}, {shell, {only, fun(T) -> Self ! {shown, T} end}}]),
  receive {shown, T} -> io:format("traced: ~p ~s~n", [Traced, element(4, T)]) after 5000 -> io:format("not shown~n") end,
  {ok, [{all, Matched}]} = ttb:p(all, [call]),
  io:format("matched: ~p~n", [element(3, lists:keyfind('kate@localhost', 2, Matched))]),
  ttb:stop(nofetch),
  io:format("alive: ~p~n", [is_pid(whereis(observer))]),
  halt(0).`

test.runIf(available)(
  'observer shows every tab for the node, and a trace is refused in words',
  async () => {
    const display = `:${60 + (process.pid % 30)}`
    const screen = spawnProgram('Xvfb', [display, '-screen', '0', '1000x800x24'], { stdio: 'ignore' })
    try {
      const args = [
        '-noshell',
        '-sname',
        'viewer@localhost',
        '-setcookie',
        meeting.cluster.cookie,
        '-eval',
        SCRIPT,
      ]
      const env = {
        ...process.env,
        DISPLAY: display,
        HOME: home,
        ERL_EPMD_PORT: String(meeting.cluster.epmdPort),
      }
      const erl = spawnProgram('erl', args, { env, cwd: home, timeout: 60_000 })
      let text = ''
      erl.stdout.on('data', (chunk) => (text += chunk))
      erl.stderr.on('data', () => {})
      await new Promise((resolve) => erl.once('exit', resolve))
      expect(text).toContain('applications: shop\n')
      expect(text).toContain('traced: [kate@localhost] This is a Moebi node: JavaScript cannot be traced')
      expect(text).toContain('matched: 0\n')
      expect(text).toContain('alive: true\n')
      expect(text).not.toMatch(/crash|terminating/i)
    } finally {
      screen.kill()
    }
  },
  90_000,
)
