/** Text with the special characters of HTML escaped. */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Plain text as HTML; text between backquotes becomes code. */
export function prose(text: string): string {
  return escape(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

/** One page that loads nothing from anywhere. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; --text: #1c2024; --soft: #5b6570; --line: #d9dee3; --ground: #ffffff; --panel: #f5f7f9; --mark: #0b62b3; --post: #8a4b00; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ec; --soft: #9aa5b1; --line: #343b43; --ground: #15181c; --panel: #1d2127; --mark: #6cb3f5; --post: #f0b264; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 5rem; max-width: 60rem; background: var(--ground); color: var(--text); font: 16px/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.9rem; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: .85rem; margin: 1.25rem 0 .35rem; color: var(--soft); text-transform: uppercase; letter-spacing: .04em; }
p { margin: .5rem 0; }
a { color: var(--mark); }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { background: var(--panel); padding: .1em .3em; border-radius: 4px; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .75rem 1rem; overflow-x: auto; }
pre code { background: none; padding: 0; font-size: 1em; }
details { border: 1px solid var(--line); border-radius: 8px; margin: .5rem 0; }
details > div { padding: 0 1rem 1rem; }
summary { cursor: pointer; padding: .6rem 1rem; display: flex; gap: .75rem; align-items: baseline; flex-wrap: wrap; }
summary:hover { background: var(--panel); border-radius: 8px; }
summary .what { color: var(--soft); }
.method { font: 600 .8rem ui-monospace, monospace; color: var(--mark); min-width: 2.6rem; }
.method.post { color: var(--post); }
.path { font: 600 .95rem ui-monospace, monospace; }
.soft { color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; }
td:first-child { white-space: nowrap; }
tr:target { background: var(--panel); }
`;
