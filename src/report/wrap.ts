/**
 * Breaking text into lines for a terminal.
 *
 * @module
 */

/** A text in lines of at most so many columns, broken at spaces; the lines after the first are indented. */
export function wrap(text: string, columns: number, indent: string = '   '): string[] {
  const lines: string[] = [];
  const margin = /^ */.exec(text)?.[0] ?? '';
  let line = '';
  for (const word of text.trimStart().split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = margin + indent + word;
    } else {
      line = line === '' ? margin + word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
