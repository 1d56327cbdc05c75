export { dashboard, type DashboardOptions } from './app.js';
