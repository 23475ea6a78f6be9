// A flame graph: a box for each function, as wide as its share of the samples, upon its caller.
import { init } from 'echarts';

const WIDTH = 1200;
const ROW = 16;
/** Narrower than this share of all is left out. */
const LEAST = 0.004;

/** Resolves to the text of an SVG. `stacks`: `{ frames }`, outermost first. */
export function flames(title, stacks) {
  const root = { name: `all (${stacks.length} samples)`, count: 0, children: new Map() };
  for (const { frames } of stacks) {
    let node = root;
    node.count += 1;
    for (const name of frames) {
      let child = node.children.get(name);
      if (!child) node.children.set(name, (child = { name, count: 0, children: new Map() }));
      child.count += 1;
      node = child;
    }
  }
  const boxes = [];
  lay(root, 0, 0, root.count, boxes);
  const depth = Math.max(...boxes.map(({ level }) => level)) + 1;
  const height = 40 + depth * ROW;
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  drawing.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: title, left: 'center', textStyle: { fontSize: 14 } },
    graphic: boxes.map(({ name, level, begin, share }) =>
      box({ name, level, begin, share, height }),
    ),
  });
  const svg = drawing.renderToSVGString();
  drawing.dispose();
  return `${svg}\n`;
}

function lay(node, level, begin, all, boxes) {
  const share = node.count / all;
  if (share < LEAST) return;
  boxes.push({ name: node.name, level, begin, share });
  let at = begin;
  for (const child of [...node.children.values()].sort((a, b) => b.count - a.count)) {
    lay(child, level + 1, at, all, boxes);
    at += child.count / all;
  }
}

function box({ name, level, begin, share, height }) {
  const width = share * WIDTH;
  const characters = Math.floor((width - 4) / 5.6);
  const text =
    characters < 4 ? '' : name.length > characters ? `${name.slice(0, characters - 1)}…` : name;
  return {
    type: 'rect',
    silent: true,
    shape: {
      x: round(begin * WIDTH),
      y: height - (level + 1) * ROW,
      width: round(width),
      height: ROW - 1,
    },
    style: { fill: colour(name) },
    textConfig: { position: 'insideLeft', distance: 2 },
    ...(text && { textContent: { type: 'text', style: { text, fontSize: 10, fill: '#111827' } } }),
  };
}

const round = (value) => Math.round(value * 10) / 10;

/** JavaScript, OpenSSL, ours, V8, the rest. */
function colour(name) {
  if (/:\d+:\d+$/.test(name) || /^[*~^]/.test(name)) return '#86efac';
  if (/^ownssl::/.test(name)) return '#93c5fd';
  if (/^(v8|Builtins|node)/.test(name)) return '#fde68a';
  if (/^(SSL|EVP|ossl|ssl|tls|CRYPTO|_?aes|gcm|BIO|ERR|OPENSSL|X509|BN|ecp|ec_)/i.test(name))
    return '#fca5a5';
  return '#e5e7eb';
}
