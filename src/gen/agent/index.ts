export { Agent, type AgentPid } from './agent.ts'
