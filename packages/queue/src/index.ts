export * from './verbs.js';
