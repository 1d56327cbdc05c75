import type { Problem } from '@leeway/contract';
import { markup } from '../html/markup.js';
import { page } from './layout.js';

export function problemPage(problem: Problem): string {
  return page({
    title: problem.title,
    current: 'none',
    pollPath: null,
    body: markup`<h1>${problem.title}</h1><p>${problem.detail}</p><p class="muted">${problem.advice}</p><p><a href="/">Back to the overview</a></p>`,
  });
}
