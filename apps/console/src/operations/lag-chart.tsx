import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

const KEPT = 150;

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function options(width: number): uPlot.Options {
  return {
    width,
    height: 120,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [
      { stroke: colour('--muted'), grid: { show: false } },
      {
        stroke: colour('--muted'),
        grid: { stroke: colour('--line') },
        values: (_plot, ticks) => ticks.map((each) => `${each} s`),
      },
    ],
    series: [{}, { stroke: colour('--accent'), width: 2, points: { show: false } }],
  };
}

/** The lag of a projection in seconds over the last minutes. */
export function LagChart({ seconds }: { seconds: number }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const points = useRef<[number[], number[]]>([[], []]);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    plot.current = new uPlot(options(element.clientWidth), points.current, element);
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: 120 }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => {
    const [times, values] = points.current;
    times.push(Date.now() / 1_000);
    values.push(seconds);
    points.current = [times.slice(-KEPT), values.slice(-KEPT)];
    plot.current?.setData(points.current);
  });
  return <div class="chart" ref={place} role="img" aria-label={`Lag over the last minutes, now ${seconds} seconds`} />;
}
