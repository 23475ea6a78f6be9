// The picture: main thread and CPU of each row on the last Node, and what else has a target. Left of 1 is better.
import { init } from 'echarts';
import { byNode, met, ratio } from './results.mjs';

const colours = ['#2563eb', '#0d9488', '#7c3aed'];
const missed = '#b45309';

/** Longer bars are cut off here; their figures tell. */
const END = 2;

/** Resolves to the text of an SVG. */
export function chart(results) {
  const { node, participants } = byNode(results).at(-1);
  const [, ...ours] = participants;
  const bars = results.rows.flatMap((row) =>
    row.figures
      .filter(
        ({ name, target, threads }) =>
          name === 'main' || name === 'cpu' || target !== undefined || threads !== undefined,
      )
      .map((figure) => ({ row, figure, label: `${row.name}  ${what(figure)}` })),
  );
  const height = 110 + bars.length * (10 + ours.length * 14);
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width: 860, height });
  // Throughput is turned round, so that less is better in each bar.
  const cost = (figure, value) => (figure.better === 'higher' ? 1 / value : value);
  const labels = bars.map(({ label }) => label);
  drawing.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: {
      text: `ownssl / built-in tls, Node ${node}: less is better`,
      subtext: 'median of the ratios; brown figures miss their target',
      left: 'center',
    },
    legend: { bottom: 0, data: ours.map(({ title }) => title) },
    grid: { left: 220, right: 50, top: 60, bottom: 50 },
    xAxis: { type: 'value', min: 0, max: END },
    yAxis: { type: 'category', inverse: true, data: labels, axisTick: { show: false } },
    series: [
      ...ours.map((participant, index) => ({
        name: participant.title,
        type: 'bar',
        color: colours[index % colours.length],
        data: bars.map(({ row, figure }) => {
          const value = ratio(row, figure, participant);
          if (value === undefined) return null;
          const shown = cost(figure, value);
          const label = { formatter: shown.toFixed(2) };
          if (met(figure, participant, value) === false)
            Object.assign(label, { color: missed, fontWeight: 'bold' });
          return { value: Math.min(round(shown), END), label };
        }),
        label: { show: true, position: 'right', fontSize: 10 },
        markLine:
          index > 0
            ? undefined
            : {
                silent: true,
                symbol: 'none',
                label: { show: false },
                lineStyle: { color: '#111827', type: 'solid' },
                data: [{ xAxis: 1 }],
              },
      })),
    ],
  });
  const svg = drawing.renderToSVGString();
  drawing.dispose();
  return `${svg}\n`;
}

const round = (value) => Math.round(value * 100) / 100;

const what = (figure) => (figure.better === 'higher' ? `1 / ${figure.label}` : figure.label);
