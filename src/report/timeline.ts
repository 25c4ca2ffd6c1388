/**
 * A run as a picture for a terminal: a lane for each client with its operations, a lane for each server with its life, and
 * below them the faults; time from left to right, the operations of the witness numbered. At most 100 columns.
 *
 * Columns follow true time where there is room. An operation's box must hold its label, so busy stretches are wider and idle
 * ones narrower than true; the axis says what time it is where. When a run does not fit, only the witness and what happened
 * around it is drawn.
 *
 * @module
 */
import { formatVerdict, type Verdict } from '../checkers/index.ts';
import { wrap } from './wrap.ts';
import { assertNever } from '../kernel/errors.ts';
import type { HistoryEntry, HistoryValue } from '../kernel/history.ts';
import type { TraceEntry } from '../kernel/trace.ts';

/** What a timeline is drawn from. */
export interface TimelineInput {
  readonly history: readonly HistoryEntry[];
  readonly trace: Iterable<TraceEntry>;
  /** The machines, in the order of their lanes. */
  readonly nodes: readonly { readonly id: string; readonly role: 'server' | 'client' }[];
  /** The operations to number, by the position of their invocation in the history. */
  readonly witness?: readonly { readonly call: number }[];
  /** Width in columns; default and at most 100. */
  readonly columns?: number;
}

interface Box {
  readonly lane: string;
  readonly label: string;
  readonly from: number;
  /** Undefined while the operation never completed. */
  readonly to: number | undefined;
  readonly end: '┤' | '?' | '✗';
  readonly number: number | undefined;
  readonly node: string | undefined;
}

interface Mark {
  readonly lane: string;
  readonly time: number;
  readonly kind: 'crash' | 'start' | 'pause' | 'resume' | 'wipe' | 'note';
  readonly text: string;
}

interface Span {
  readonly label: string;
  readonly from: number;
  readonly to: number | undefined;
}

/** Everything that is drawn, cut to a window of time. */
interface Drawing {
  /** Operations of the run that are left out, because there is no room. */
  readonly omitted: number;
  /** Faults outside the window of time. */
  readonly faultsOutside: number;
  readonly boxes: readonly Box[];
  readonly marks: readonly Mark[];
  readonly spans: readonly Span[];
  readonly start: number;
  readonly end: number;
}

const GUTTER = 10;
const MAX_LABEL = 16;
const MAX_SERVERS = 7;
const FEW_SERVERS = 3;
const MAX_CLIENTS = 8;
const MAX_FAULT_LANES = 4;
const MAX_NOTES = 4;
const CIRCLED = ['①', '②', '③', '④', '⑤', '⑥', '⑦', '⑧', '⑨', '⑩'];

/** A simulation, as far as a picture needs one. */
export interface Drawable {
  readonly history: { readonly entries: readonly HistoryEntry[] };
  readonly trace: Iterable<TraceEntry>;
  readonly nodes: TimelineInput['nodes'];
}

/**
 * Draws what happened in a simulation, for `console.log`.
 *
 * @param sim - the simulation, after its run
 * @param verdict - said below the picture, the operations of its witness numbered
 */
export function timelineOf(sim: Drawable, verdict?: Verdict): string {
  const { history, trace, nodes } = sim;
  const picture = renderTimeline({ history: history.entries, trace, nodes, ...(verdict === undefined ? {} : { witness: verdict.witness }) });
  const words = verdict === undefined ? [] : formatVerdict(verdict).split('\n').flatMap((line) => wrap(line, 100));
  return [...picture, ...words].join('\n');
}

/** Draws the timeline. @returns its lines, none wider than asked for; nothing when there is nothing to draw */
export function renderTimeline(input: TimelineInput): string[] {
  const width = Math.min(input.columns ?? 100, 100) - GUTTER;
  const whole = gather(input);
  if (whole.boxes.length === 0 && whole.spans.length === 0) return [];
  const numbered = whole.boxes.filter((box) => box.number !== undefined);
  const attempts: (() => Drawing)[] = [
    () => whole,
    () => around(whole, numbered.length > 0 ? numbered : whole.boxes.slice(-12), 0.3),
    () => around(whole, numbered.length > 0 ? numbered : whole.boxes.slice(-8), 0),
    () => only(whole, numbered.length > 0 ? numbered.slice(0, 10) : whole.boxes.slice(-4)),
  ];
  for (const attempt of attempts) {
    const drawing = attempt();
    if (new Set(drawing.boxes.map(({ lane }) => lane)).size > MAX_CLIENTS) continue;
    for (const share of [0.6, 0.35, 0.15, 0]) {
      const columns = layOut(drawing, width, share);
      if (columns !== undefined) return draw(drawing, columns, input, width);
    }
  }
  return [];
}

function gather(input: TimelineInput): Drawing {
  const numbers = new Map((input.witness ?? []).map(({ call }, index) => [call, index + 1]));
  const keys = new Set(input.history.map(({ key }) => key));
  const open = new Map<string | number, HistoryEntry[]>();
  const boxes: Box[] = [];
  let end = 0;
  const close = (invoked: HistoryEntry, completed: HistoryEntry | undefined): void => {
    boxes.push({
      lane: String(invoked.process),
      label: labelOf(invoked, completed, keys.size > 1),
      from: invoked.time,
      to: completed?.time,
      end: completed === undefined || completed.type === 'info' ? '?' : completed.type === 'fail' ? '✗' : '┤',
      number: numbers.get(invoked.index),
      node: completed?.node,
    });
  };
  for (const entry of input.history) {
    end = Math.max(end, entry.time);
    const waiting = open.get(entry.process) ?? [];
    open.set(entry.process, waiting);
    if (entry.type === 'invoke') {
      waiting.push(entry);
      continue;
    }
    const at = waiting.findIndex(({ f, key }) => f === entry.f && key === entry.key);
    const [invoked] = at < 0 ? [] : waiting.splice(at, 1);
    if (invoked !== undefined) close(invoked, entry);
  }
  for (const waiting of open.values()) for (const invoked of waiting) close(invoked, undefined);
  const marks: Mark[] = [];
  const spans: Span[] = [];
  const begun: { label: string; from: number }[] = [];
  for (const { kind, time, node, what = '' } of input.trace) {
    switch (kind) {
      case 'crash': case 'pause': case 'resume': case 'wipe': case 'note':
        marks.push({ lane: node ?? '', time, kind, text: what });
        break;
      case 'start':
        if (time > 0) marks.push({ lane: node ?? '', time, kind, text: what });
        break;
      case 'fault':
        begun.push({ label: what, from: time });
        break;
      case 'heal': {
        const at = begun.findIndex(({ label }) => label === what);
        const [span] = at < 0 ? [] : begun.splice(at, 1);
        if (span !== undefined) spans.push({ ...span, to: time });
        break;
      }
      case 'deliver': case 'drop': case 'timer': case 'held': case 'sync':
        break;
      default:
        assertNever(kind);
    }
  }
  for (const span of begun) spans.push({ ...span, to: undefined });
  end = Math.max(end, ...marks.map(({ time }) => time), ...spans.map(({ from, to }) => to ?? from));
  boxes.sort((a, b) => a.from - b.from);
  spans.sort((a, b) => a.from - b.from);
  return { omitted: 0, faultsOutside: 0, boxes, marks, spans, start: 0, end };
}

/** The part of a drawing between the first and the last of some boxes, with a margin. */
function around(whole: Drawing, boxes: readonly Box[], margin: number): Drawing {
  const from = Math.min(...boxes.map((box) => box.from));
  const to = Math.max(...boxes.map((box) => box.to ?? box.from));
  const pad = (to - from) * margin;
  const [start, end] = [Math.max(0, from - pad), Math.min(whole.end, to + pad)];
  const inside = (a: number, b: number): boolean => b >= start && a <= end;
  const seen = whole.spans.filter((span) => inside(span.from, span.to ?? whole.end));
  const drawn = whole.boxes.filter((box) => box.from >= start && box.from <= end);
  return {
    start, end,
    omitted: whole.boxes.length - drawn.length,
    boxes: drawn,
    marks: whole.marks.filter(({ time }) => inside(time, time)),
    faultsOutside: whole.spans.length - seen.length,
    spans: seen,
  };
}

/** The same window, with these boxes alone. */
function only(whole: Drawing, boxes: readonly Box[]): Drawing {
  return { ...around(whole, boxes, 0), boxes, omitted: whole.boxes.length - boxes.length };
}

/** Where an instant is drawn. What ends at an instant is left of what begins at it. */
type ColumnOf = (time: number, phase?: 'end' | 'begin') => number;

/**
 * Gives every instant a column: never left of an earlier one, right enough for the labels before it, and where it would be
 * in true time when a share of the width is left to that. Undefined when it does not fit.
 */
function layOut(drawing: Drawing, width: number, share: number): ColumnOf | undefined {
  const { boxes, marks, spans, start, end } = drawing;
  // A moment is twice its instant, and one more for what begins there.
  const moments = new Set<number>([start * 2, end * 2]);
  const add = (time: number | undefined, phase: 0 | 1): void => {
    if (time !== undefined && time >= start && time <= end) moments.add(time * 2 + phase);
  };
  for (const box of boxes) { add(box.from, 1); add(box.to, 0); }
  for (const mark of marks) add(mark.time, 1);
  for (const span of spans) { add(span.from, 1); add(span.to, 0); }
  const starting = new Map<number, Box[]>();
  for (const box of boxes) starting.set(box.from * 2 + 1, [...(starting.get(box.from * 2 + 1) ?? []), box]);
  /** For a lane, the column its last box ends at; for a moment, the column it must not be left of. */
  const ends = new Map<string, number>();
  const least = new Map<number, number>();
  const columns = new Map<number, number>();
  let column = 0;
  for (const moment of [...moments].sort((a, b) => a - b)) {
    const planned = Math.floor(((moment / 2 - start) / Math.max(1, end - start)) * (width - 1) * share);
    column = Math.max(column, planned, least.get(moment) ?? 0);
    const begun = starting.get(moment) ?? [];
    for (const { lane: on } of begun) column = Math.max(column, (ends.get(on) ?? -1) + 1);
    columns.set(moment, column);
    for (const box of boxes) if ((box.to ?? end) * 2 === moment) ends.set(box.lane, column);
    for (const box of begun) {
      const needed = column + textOf(box).length + 1;
      const last = box.to === undefined || box.to > end ? end * 2 : box.to * 2;
      if (last < moment) {
        // It took no time at all: its end is drawn past its beginning all the same.
        ends.set(box.lane, needed);
        column = needed;
      } else {
        least.set(last, Math.max(least.get(last) ?? 0, needed));
      }
    }
  }
  column = Math.max(column, ...ends.values());
  if (column > width - 1) return undefined;
  const stretch = (width - 1) / Math.max(1, column);
  return (time, phase = 'begin') => {
    const at = Math.min(Math.max(time, start), end) * 2;
    const found = phase === 'end' ? columns.get(at) ?? columns.get(at + 1) : columns.get(at + 1) ?? columns.get(at);
    return Math.round((found ?? 0) * stretch);
  };
}

function draw(drawing: Drawing, columnOf: ColumnOf, input: TimelineInput, width: number): string[] {
  const { boxes, marks, spans, start, end } = drawing;
  const clients = [...new Set(boxes.map(({ lane }) => lane))].sort((a, b) => order(input, a) - order(input, b));
  const answering = new Set(boxes.flatMap(({ number, node }) => (number === undefined || node === undefined ? [] : [node])));
  const striking = new Set(marks.map(({ lane }) => lane));
  const servers = input.nodes.filter(({ role }) => role === 'server').map(({ id }) => id);
  const eventful = servers.filter((id) => answering.has(id) || striking.has(id)).slice(0, MAX_SERVERS);
  // A lane on which nothing is to be seen says something only where there are few.
  const shown = servers.length <= FEW_SERVERS ? servers : eventful;
  const lines = [axis(drawing, columnOf, width)];
  for (const client of clients) {
    const row = new Row(width, ' ');
    for (const box of boxes) if (box.lane === client) drawBox(row, box, columnOf(box.from), columnOf(box.to ?? end, 'end'));
    lines.push(lane(client, row));
  }
  for (const server of shown) {
    lines.push(lane(server, serverRow(server, drawing, columnOf, width)));
  }
  const quiet = servers.length - shown.length;
  if (quiet > 0) lines.push(lane(`${quiet} more`, new Row(width, '─')));
  let hidden = 0;
  const rows: { row: Row; until: number }[] = [];
  for (const span of spans) {
    const from = columnOf(Math.max(span.from, start));
    const to = span.to === undefined || span.to > end ? width : columnOf(span.to, 'end');
    const text = ` ${span.label} `;
    const inside = to - from - 1 >= text.length;
    // Inside the span; else behind it; else before it; else over it, cut off at the edge.
    const behind = to + 1 + text.length <= width;
    const before = from - text.length >= 0;
    const textAt = inside ? from + 1 : behind ? to + 1 : before ? from - text.length : from + 1;
    const left = Math.min(from, textAt);
    const until = Math.max(to, textAt + text.length);
    let place = rows.find((candidate) => candidate.until <= left);
    if (place === undefined) {
      if (rows.length === MAX_FAULT_LANES) {
        hidden++;
        continue;
      }
      place = { row: new Row(width, ' '), until: 0 };
      rows.push(place);
    }
    place.until = until + 1;
    place.row.fill(from, Math.min(to, width - 1), '━');
    place.row.put(from, '┝');
    if (to < width) place.row.put(to, '┥');
    place.row.put(textAt, text);
  }
  rows.forEach(({ row }, index) => lines.push(lane(index === 0 ? 'faults' : '', row)));
  const unseen = hidden + drawing.faultsOutside;
  if (unseen > 0) lines.push(`${' '.repeat(GUTTER)}(${unseen} more ${unseen === 1 ? 'fault' : 'faults'} not drawn)`.slice(0, width + GUTTER));
  // Of many notes, those nearest to the end of the story.
  const told = Math.max(...boxes.map((box) => (box.number === undefined ? start : box.to ?? box.from)));
  const notes = marks.filter(({ kind, time }) => kind === 'note' && (told === start || time <= told));
  if (notes.length > MAX_NOTES) lines.push(`${' '.repeat(GUTTER)}◆ ${notes.length - MAX_NOTES} notes before these`.slice(0, width + GUTTER));
  for (const note of notes.slice(-MAX_NOTES)) {
    lines.push(`${' '.repeat(GUTTER)}◆ ${roughly(note.time)} ${note.lane}: ${note.text}`.slice(0, width + GUTTER));
  }
  const { omitted } = drawing;
  if (omitted > 0) lines.push(`${' '.repeat(GUTTER)}(${omitted} more ${omitted === 1 ? 'operation' : 'operations'} not drawn)`.slice(0, width + GUTTER));
  return lines;
}

function serverRow(server: string, { boxes, marks }: Drawing, columnOf: ColumnOf, width: number): Row {
  const row = new Row(width, '─');
  for (const { lane: of, time, kind } of marks) {
    if (of !== server) continue;
    const column = columnOf(time);
    switch (kind) {
      case 'crash': case 'wipe': row.fill(column, width - 1, ' '); row.put(column, '✖'); break;
      case 'start': row.fill(column, width - 1, '─'); row.put(column, '▸'); break;
      case 'pause': row.fill(column, width - 1, '░'); break;
      case 'resume': row.fill(column, width - 1, '─'); break;
      case 'note': row.mark(column, '◆'); break;
      default: assertNever(kind);
    }
  }
  for (const box of boxes) {
    if (box.node === server && box.number !== undefined && box.to !== undefined) row.put(columnOf(box.to, 'end'), circled(box.number));
  }
  return row;
}

function drawBox(row: Row, box: Box, from: number, planned: number): void {
  const to = Math.max(planned, from + textOf(box).length + 1);
  row.fill(from, to, box.end === '?' ? '╌' : '─');
  row.put(from, '├');
  row.put(from + 1, textOf(box));
  row.put(to, box.end);
}

/** The times along the top, as many as fit. */
function axis({ boxes, marks, spans, start, end }: Drawing, columnOf: ColumnOf, width: number): string {
  const row = new Row(width, ' ');
  const times = new Set([start, ...boxes.flatMap((box) => [box.from, box.to ?? end]), ...marks.map(({ time }) => time), ...spans.map(({ from }) => from), end]);
  let free = 0;
  let last = -1;
  for (const time of [...times].sort((a, b) => a - b)) {
    if (time < start || time > end) continue;
    // Where two ticks would read the same, the second says how much later it is.
    const same = roughly(time) === roughly(last);
    const text = same && time > last ? `╷+${roughly(time - last)}` : `╷${roughly(time)}`;
    const column = columnOf(time);
    if (column < free || column + text.length > width) continue;
    row.put(column, text);
    if (!same) last = time;
    free = column + text.length + 3;
  }
  return lane('', row);
}

const UNITS = [['d', 8.64e10], ['h', 3.6e9], ['m', 6e7], ['s', 1e6], ['ms', 1e3]] as const;

/** An instant to two decimals of the largest unit it has two of: `2.1s`, `3.08h`, `11.33d`. */
function roughly(time: number): string {
  const [name, size] = UNITS.find(([unit, length]) => time >= (unit === 's' || unit === 'ms' ? length : 2 * length)) ?? ['us', 1];
  return `${Math.round((time / size) * 100) / 100}${time === 0 ? '' : name}`;
}

function textOf(box: Box): string {
  return box.number === undefined ? box.label : `${circled(box.number)}${box.label}`;
}

function circled(number: number): string {
  return CIRCLED[number - 1] ?? `#${number}`;
}

function labelOf(invoked: HistoryEntry, completed: HistoryEntry | undefined, keyed: boolean): string {
  const { f, key } = invoked;
  const place = keyed && key !== undefined ? `${String(key)}` : '';
  const read = f === 'read' || f === 'get';
  const verb = read ? 'r' : f === 'write' || f === 'put' ? 'w' : f;
  const value = read ? completed?.type === 'ok' ? completed.value : undefined : invoked.value;
  const shown = value === undefined || (value === null && verb !== 'r' && verb !== 'w') ? '' : showValue(value);
  const text = read
    ? `${verb}${place === '' ? '' : ` ${place}`}${shown === '' ? '' : `→${shown}`}`
    : `${verb}${place === '' && shown === '' ? '' : ' '}${place}${place !== '' && shown !== '' ? '=' : ''}${shown}`;
  return text.length > MAX_LABEL ? `${text.slice(0, MAX_LABEL - 1)}…` : text;
}

function showValue(value: HistoryValue): string {
  if (value === null) return '∅';
  if (typeof value === 'string') return value === '' ? "''" : printable(value);
  if (Array.isArray(value)) return `{${value.map((item) => showValue(item as HistoryValue)).join(' ')}}`;
  return JSON.stringify(value);
}

/** A text of which every character takes one column: control characters escaped, wide and combining ones as a box. */
function printable(value: string): string {
  let text = '';
  for (const character of value) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) text += JSON.stringify(character).slice(1, -1);
    else if ((code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f)) text += `\\u${code.toString(16)}`;
    else text += code < 0x300 || (code >= 0x370 && code < 0x1100) || (code >= 0x2000 && code < 0x2e80) ? character : '□';
  }
  return text;
}

/** A node's or client's place in the order of lanes; unknown ones come last. */
function order(input: TimelineInput, name: string): number {
  const at = input.nodes.findIndex(({ id }) => id === name);
  return at < 0 ? input.nodes.length : at;
}

function lane(name: string, row: Row): string {
  const label = name.length > GUTTER - 1 ? `${name.slice(0, GUTTER - 2)}…` : name;
  return `${label.padEnd(GUTTER)}${row.toString()}`.trimEnd();
}

/** One line of the picture. */
class Row {
  readonly #cells: string[];

  constructor(width: number, fill: string) {
    this.#cells = Array.from({ length: width }, () => fill);
  }

  put(at: number, text: string): void {
    let column = Math.max(0, at);
    for (const character of text) {
      if (column < this.#cells.length) this.#cells[column] = character;
      column++;
    }
  }

  /** Puts a mark where nothing of more weight stands. */
  mark(at: number, character: string): void {
    if (this.#cells[at] !== '✖' && this.#cells[at] !== '▸') this.put(at, character);
  }

  fill(from: number, to: number, character: string): void {
    for (let column = Math.max(0, from); column <= to && column < this.#cells.length; column++) this.#cells[column] = character;
  }

  toString(): string {
    return this.#cells.join('');
  }
}
