import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clockTime } from '../ui/format';
import { isDark } from '../ui/theme';

/** Points of about ten minutes. */
const KEPT = 300;
const HEIGHT = 130;

/** The colours are properties of `.chart` in the style sheet, because a canvas does not resolve CSS variables. */
function options(element: HTMLElement): uPlot.Options {
  const { color: text, borderTopColor: grid, caretColor: line } = getComputedStyle(element);
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [
      { stroke: text, grid: { show: false }, space: 80, values: (_plot, ticks) => ticks.map(clockTime) },
      {
        stroke: text,
        grid: { stroke: grid },
        values: (_plot, ticks) => ticks.map((each) => `${each} s`),
      },
    ],
    series: [{}, { stroke: line, width: 2, points: { show: false } }],
  };
}

/** The lag of a projection in seconds over the last minutes. `at` is when it was read, in milliseconds since the epoch. */
export function LagChart({ seconds, at }: { seconds: number; at: number }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const points = useRef<[number[], number[]]>([[], []]);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    plot.current = new uPlot(options(element), points.current, element);
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.current?.destroy();
    };
  }, [isDark.value]);
  useEffect(() => {
    const [times, values] = points.current;
    points.current = [[...times, at / 1_000].slice(-KEPT), [...values, seconds].slice(-KEPT)];
    plot.current?.setData(points.current);
  }, [at]);
  return <div class="chart" ref={place} role="img" aria-label={`Lag over the last minutes, now ${seconds} seconds`} />;
}
