// Memory over connections, as an SVG.
import { init } from 'echarts';

const series = [
  ['server', 'rss', '#2563eb'],
  ['server', 'heapUsed', '#93c5fd'],
  ['clients', 'rss', '#0d9488'],
  ['clients', 'heapUsed', '#99f6e4'],
];
const names = { rss: 'resident', heapUsed: 'V8 heap' };

/** `samples`: [{ connections, server, clients }] with what measure() gives of each. */
export function chart(samples, subtext) {
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width: 860, height: 420 });
  drawing.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: 'Memory over connections, MiB', subtext, left: 'center' },
    legend: { bottom: 0 },
    grid: { left: 60, right: 30, top: 70, bottom: 60 },
    xAxis: {
      type: 'value',
      name: 'connections',
      nameLocation: 'middle',
      nameGap: 25,
      max: 'dataMax',
    },
    yAxis: { type: 'value', min: 0 },
    series: series.map(([side, what, color]) => ({
      name: `${side}, ${names[what]}`,
      type: 'line',
      color,
      showSymbol: false,
      data: samples.map((sample) => [
        sample.connections,
        Math.round((sample[side][what] / 2 ** 20) * 10) / 10,
      ]),
    })),
  });
  const text = drawing.renderToSVGString();
  drawing.dispose();
  return `${text}\n`;
}
