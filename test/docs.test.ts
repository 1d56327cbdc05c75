import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['apps', 'packages', 'bin', 'test', 'docs', 'bench', 'examples'];
const PAGES = ['', 'docs/', ...subfolders('packages'), ...subfolders('examples'), ...subfolders('bench')].flatMap(
  (folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}${name}`),
);

function subfolders(parent: string): string[] {
  return readdirSync(join(ROOT, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${parent}/${name}/`);
}

const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');

/** Links to files of the repository, as paths from its root, with their anchors. */
function linksOf(page: string): { file: string; anchor: string }[] {
  return [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#');
      return { file: path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path)), anchor };
    });
}

/** Paths in code spans that begin with a folder of the repository; patterns and what a build makes are left out. */
function pathsOf(page: string): string[] {
  return [...read(page).matchAll(/`([^`\n]+)`/g)]
    .flatMap(([, code = '']) => code.split(/\s+/))
    .filter((word) => FOLDERS.some((folder) => word.startsWith(`${folder}/`)))
    .filter((word) => !/[*<>{}$]|\/dist\b|\.\.\./.test(word));
}

/** The anchors of a page, made of its headings as on GitHub. */
function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
}

describe.each(PAGES)('%s', (page) => {
  it('links only to files and headings that exist', () => {
    const missing = linksOf(page).filter(
      ({ file, anchor }) =>
        !existsSync(join(ROOT, file)) || (anchor !== '' && file.endsWith('.md') && !anchorsOf(file).includes(anchor)),
    );
    expect(missing).toEqual([]);
  });

  it('names only paths that exist', () => {
    expect(pathsOf(page).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('the pages together', () => {
  it('have links and paths, which shows that the tests above read something', () => {
    expect(PAGES.flatMap(linksOf).length).toBeGreaterThan(50);
    expect(PAGES.flatMap(pathsOf).length).toBeGreaterThan(10);
  });
});
