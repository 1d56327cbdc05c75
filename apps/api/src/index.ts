export { createApi, type Api } from './api.js';
