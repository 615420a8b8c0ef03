export * from 'xstate/graph';
export { serializeSnapshot as serializeState } from 'xstate/graph';
