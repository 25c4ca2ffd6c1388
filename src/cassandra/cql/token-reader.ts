/**
 * The parser's view of a statement: tokens looked at and taken, and the error strategy of ANTLR 3 by which Apache Cassandra 5.0
 * words its syntax errors. A rule that needs one token says `expect`; a choice that nothing fits says `noViable`, with the
 * token that ruled the last alternative out. How far a choice looks ahead decides which token that is.
 *
 * @module
 */
import { CqlSyntaxError } from '../errors.ts';
import { tokenize, tokenText, type Tokens } from './lexer.ts';
import { lexicalError, mismatchedToken, noViableAlternative } from './syntax-error.ts';
import { BASIC, BITS, NATIVE_TYPE, OTHER, PLAIN, T, type TokenType } from './tokens.ts';
import type { Marker } from './ast.ts';

/** Says that a guess was wrong. Thrown and caught within the parser. */
const WRONG_GUESS = new CqlSyntaxError('wrong guess');

/** Reads tokens. */
export class TokenReader {
  readonly #tokens: Tokens;
  readonly #types: readonly TokenType[];
  readonly #last: number;
  #at = 0;
  #furthest = 0;
  /** How far the choice being made will have looked if it is made; a choice that fails has looked no further than it says. */
  #pending = 0;
  #guessing = 0;
  readonly #markers: (string | undefined)[] = [];

  constructor(text: string) {
    this.#tokens = tokenize(text);
    this.#types = this.#tokens.types;
    this.#last = this.#types.length - 1;
  }

  /** The names of the markers so far. */
  get markers(): readonly (string | undefined)[] {
    return this.#markers;
  }

  /** An error that the real one does not foresee while it reads. @param reason - the exception's class and text */
  failure(reason: string): CqlSyntaxError {
    return new CqlSyntaxError(`Failed parsing statement: [${this.#tokens.text}] reason: ${reason}`);
  }

  /** The kind of the token so far ahead; 1 is the next one. */
  peek(ahead = 1): TokenType {
    const i = this.#at + ahead - 1;
    this.#look(i);
    return this.#types[i] ?? T.EOF;
  }

  /**
   * Notes that a choice was made by the tokens so far ahead. ANTLR's table-driven decisions take the last token they look at,
   * which makes one more: a piece of the statement in an error may show it.
   */
  decided(ahead: number): void {
    this.#look(this.#pending);
    this.#pending = this.#at + ahead;
  }

  #look(at: number): void {
    if (at > this.#furthest) this.#furthest = at < this.#last ? at : this.#last;
  }

  /** Whether the next token is of this kind. */
  is(type: TokenType): boolean {
    return this.#types[this.#at] === type;
  }

  /** The next token's text. */
  text(): string {
    return tokenText(this.#tokens, this.#at);
  }

  /** Where the next token begins in the text. */
  get offset(): number {
    return this.#tokens.starts[this.#at] ?? 0;
  }

  /** The text from an offset to the end of the last token taken. */
  textFrom(offset: number): string {
    return this.#tokens.text.slice(offset, this.#tokens.ends[this.#at - 1]);
  }

  /** Takes the next token. */
  skip(): void {
    this.#at++;
    this.#look(this.#at);
    this.#look(this.#pending);
  }

  /** Takes the next token and gives its text. */
  take(): string {
    const text = this.text();
    this.skip();
    return text;
  }

  /** Takes the next token if it is of this kind. */
  accept(type: TokenType): boolean {
    if (this.#types[this.#at] !== type) return false;
    this.skip();
    return true;
  }

  /** Takes a token of this kind. @throws {@link CqlSyntaxError} when it is another */
  expect(type: TokenType): void {
    if (this.#types[this.#at] !== type) throw this.mismatch(type);
    this.skip();
  }

  /** Takes tokens of these kinds. */
  expectAll(...types: readonly TokenType[]): void {
    for (const type of types) this.expect(type);
  }

  /** The error of a token that is not the one needed. @param type - undefined for one of several */
  mismatch(type: TokenType | undefined): CqlSyntaxError {
    this.#look(this.#pending);
    return this.#failure(() => mismatchedToken(this.#tokens, this.#at, type, this.#furthest));
  }

  /** The error of a choice here that the token so far ahead fits in no way. */
  noViable(ahead = 1): CqlSyntaxError {
    this.peek(ahead);
    return this.#failure(() => noViableAlternative(this.#tokens, Math.min(this.#at + ahead - 1, this.#last), this.#at, this.#furthest));
  }

  /** An error that the grammar words itself. */
  refuse(message: string): CqlSyntaxError {
    return this.#failure(() => new CqlSyntaxError(message));
  }

  #failure(make: () => CqlSyntaxError): CqlSyntaxError {
    if (this.#guessing > 0) return WRONG_GUESS;
    const { error, text } = this.#tokens;
    // Tokens are made as they are looked at, so what the lexer cannot read comes first if the parser has looked that far.
    return error !== undefined && error.tokens <= this.#furthest ? lexicalError(text, error) : make();
  }

  /** Requires that nothing is left. */
  end(): void {
    while (this.accept(T.SEMICOLON));
    const { error, text } = this.#tokens;
    if (this.is(T.EOF) && error !== undefined) throw lexicalError(text, error);
    this.expect(T.EOF);
  }

  /** Reads something if it is there in whole; else nothing was read. */
  attempt<R>(read: () => R): R | undefined {
    const at = this.#at;
    const markers = this.#markers.length;
    this.#guessing++;
    try {
      return read();
    } catch (error) {
      if (error !== WRONG_GUESS) throw error;
      this.#at = at;
      this.#markers.length = markers;
      return undefined;
    } finally {
      this.#guessing--;
    }
  }

  /** Adds a marker. */
  marker(name: string | undefined): Marker {
    return { kind: 'marker', index: this.#markers.push(name) - 1 };
  }

  /** Whether the token so far ahead may be a name. */
  isName(ahead = 1): boolean {
    return isNameType(this.peek(ahead));
  }

  /** Takes a name, folded to lower case unless it is quoted. */
  name(): string {
    if (!this.isName()) throw this.noViable();
    return this.takeName();
  }

  /** Takes a token that is known to be a name. */
  takeName(): string {
    const quoted = this.is(T.QUOTED_NAME);
    const text = this.take();
    return quoted ? text : text.toLowerCase();
  }

  /** Takes a column's name, which may be empty (a legacy of super columns). */
  columnName(): string {
    if (this.accept(T.EMPTY_QUOTED_NAME)) return '';
    return this.name();
  }

  /** Whether the token so far ahead may be a column's name. */
  isColumnName(ahead = 1): boolean {
    const type = this.peek(ahead);
    return type === T.EMPTY_QUOTED_NAME || isNameType(type);
  }
}

/** Whether a kind of token may be a name. */
export function isNameType(type: TokenType): boolean {
  return ((BITS[type] ?? 0) & (BASIC | NATIVE_TYPE | OTHER | PLAIN)) !== 0;
}

/** Whether a kind of token may be a function's name. */
export function isFunctionNameType(type: TokenType): boolean {
  return type === T.K_TOKEN || type === T.K_COUNT || ((BITS[type] ?? 0) & (BASIC | NATIVE_TYPE | PLAIN)) !== 0;
}
