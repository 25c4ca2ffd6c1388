/**
 * The resumable form of a function. What stands in an expression and may pause is a call; so the calls of an expression are made
 * before the rest of it, in their order, and the rest reads what they gave. Loops are generators; a statement becomes one only
 * when a call in it has to pause.
 *
 * A difference to the plain form: a local variable that stands left of a call in the same expression, and that the called function
 * changes, is read afterwards, as Lua's registers are.
 *
 * @module
 */
import type luaparse from 'luaparse';
import { BREAK, isPending, LuaClosure, TAIL, type Execute, type Step } from './closure.ts';
import { Compiler, isCall, lineOf, type CallNode, type Evaluate, type EvaluateMany, type Expression, type Statement } from './compile.ts';
import { LuaFunction, type LuaValue, type Paused, type Resumable } from './lua-value.ts';
import { isTrue, toNumber, type Frame, type Site } from './machine.ts';

/** A call that is made before its expression; a generator when it has to pause. */
type Prelude = (frame: Frame) => Resumable<void> | undefined;

/** A statement's end, as its generator gives it. */
type Ending = Generator<Paused, LuaValue[] | undefined, readonly LuaValue[]>;

function* runAll(preludes: readonly Prelude[], frame: Frame): Generator<Paused, void, readonly LuaValue[]> {
  for (const prelude of preludes) {
    const pending = prelude(frame);
    if (pending !== undefined) yield* pending;
  }
}

function* rest(pending: Resumable<void>, preludes: readonly Prelude[], from: number, run: Step, frame: Frame): Ending {
  yield* pending;
  yield* runAll(preludes.slice(from), frame);
  const outcome = run(frame);
  return isPending(outcome) ? yield* outcome : outcome;
}

/** Makes the calls of a statement, then the rest of it. */
function after(preludes: readonly Prelude[], run: Step): Step {
  if (preludes.length === 0) return run;
  return (frame) => {
    for (let i = 0; i < preludes.length; i++) {
      const pending = (preludes[i] as Prelude)(frame);
      if (pending !== undefined) return rest(pending, preludes, i + 1, run, frame);
    }
    return run(frame);
  };
}

function* restOfBlock(pending: Resumable<LuaValue[] | undefined>, steps: readonly Step[], from: number, frame: Frame): Ending {
  let signal = yield* pending;
  for (let i = from; i < steps.length && signal === undefined; i++) {
    const outcome = (steps[i] as Step)(frame);
    signal = isPending(outcome) ? yield* outcome : outcome;
  }
  return signal;
}

function* store(frame: Frame, place: number, pending: Resumable<LuaValue[]>): Generator<Paused, void, readonly LuaValue[]> {
  frame.given[place] = yield* pending;
}

/** Compiles one function. */
export class ResumableCompiler extends Compiler {
  /** The calls of the expression being compiled. */
  #before: Prelude[] = [];
  #calls = 0;

  /** A function's body. */
  steps(nodes: readonly Statement[]): Step {
    const body = this.#block(nodes);
    return (frame) => {
      frame.given = [];
      return body(frame);
    };
  }

  #block(nodes: readonly Statement[]): Step {
    const steps = nodes.map((node) => this.#step(node));
    const [first, second] = steps;
    if (first === undefined) return () => undefined;
    if (second === undefined) return first;
    return (frame) => {
      for (let i = 0; i < steps.length; i++) {
        const outcome = (steps[i] as Step)(frame);
        if (outcome === undefined) continue;
        return Array.isArray(outcome) ? outcome : restOfBlock(outcome, steps, i + 1, frame);
      }
      return undefined;
    };
  }

  #step(node: Statement): Step {
    switch (node.type) {
      case 'IfStatement': return this.#if(node);
      case 'WhileStatement': return this.#while(node);
      case 'RepeatStatement': return this.#repeat(node);
      case 'ForNumericStatement': return this.#forNumeric(node);
      case 'ForGenericStatement': return this.#forGeneric(node);
      case 'DoStatement': return this.#block(node.body);
      case 'LocalStatement': case 'AssignmentStatement': case 'CallStatement': case 'ReturnStatement': case 'BreakStatement': case 'FunctionDeclaration':
      case 'LabelStatement': case 'GotoStatement': {
        const [run, before] = this.#apart(() => this.statement(node));
        return after(before, run);
      }
    }
  }

  /** Compiles an expression, its calls apart. */
  #apart<T>(compile: () => T): readonly [T, readonly Prelude[]] {
    const outer = this.#before;
    this.#before = [];
    const compiled = compile();
    const before = this.#before;
    this.#before = outer;
    return [compiled, before];
  }

  #condition(node: Expression): { readonly value: Evaluate; readonly before: readonly Prelude[] } {
    const [value, before] = this.#apart(() => this.expression(node));
    return { value, before };
  }

  #if(node: luaparse.IfStatement): Step {
    const clauses = node.clauses.map((clause) => ({
      ...(clause.type === 'ElseClause' ? { value: () => true, before: [] } : this.#condition(clause.condition)), body: this.#block(clause.body),
    }));
    // Each condition is reached only when those before it have failed.
    return clauses.reduceRight<Step>(
      (otherwise, { value, before, body }) => after(before, (frame) => (isTrue(value(frame)) ? body(frame) : otherwise(frame))),
      () => undefined,
    );
  }

  #while(node: luaparse.WhileStatement): Step {
    const { machine } = this;
    const { value, before } = this.#condition(node.condition);
    const body = this.#block(node.body);
    const line = lineOf(node);
    return function* loop(frame): Ending {
      for (;;) {
        if (before.length > 0) yield* runAll(before, frame);
        if (!isTrue(value(frame))) return undefined;
        if (--machine.budget < 0 && machine.pauses(frame, line)) yield;
        const outcome = body(frame);
        const signal = isPending(outcome) ? yield* outcome : outcome;
        if (signal !== undefined) return signal === BREAK ? undefined : signal;
      }
    };
  }

  #repeat(node: luaparse.RepeatStatement): Step {
    const { machine } = this;
    const body = this.#block(node.body);
    const { value, before } = this.#condition(node.condition);
    const line = lineOf(node);
    return function* loop(frame): Ending {
      for (;;) {
        if (--machine.budget < 0 && machine.pauses(frame, line)) yield;
        const outcome = body(frame);
        const signal = isPending(outcome) ? yield* outcome : outcome;
        if (signal !== undefined) return signal === BREAK ? undefined : signal;
        if (before.length > 0) yield* runAll(before, frame);
        if (isTrue(value(frame))) return undefined;
      }
    };
  }

  #forNumeric(node: luaparse.ForNumericStatement): Step {
    const { machine } = this;
    const line = lineOf(node);
    const [[start, end, step], before] = this.#apart(() => [
      this.expression(node.start), this.expression(node.end), node.step === null ? (): LuaValue => 1 : this.expression(node.step),
    ] as const);
    const assign = this.declare(node.variable);
    const body = this.#block(node.body);
    return function* loop(frame): Ending {
      if (before.length > 0) yield* runAll(before, frame);
      const [from, to, by] = [toNumber(start(frame)), toNumber(end(frame)), toNumber(step(frame))];
      if (from === undefined) return machine.failAt(line, "'for' initial value must be a number");
      if (to === undefined) return machine.failAt(line, "'for' limit must be a number");
      if (by === undefined) return machine.failAt(line, "'for' step must be a number");
      for (let i = from; by > 0 ? i <= to : i >= to; i += by) {
        if (--machine.budget < 0 && machine.pauses(frame, line)) yield;
        assign(frame, i);
        const outcome = body(frame);
        const signal = isPending(outcome) ? yield* outcome : outcome;
        if (signal !== undefined) return signal === BREAK ? undefined : signal;
      }
      return undefined;
    };
  }

  #forGeneric(node: luaparse.ForGenericStatement): Step {
    const { machine } = this;
    const line = lineOf(node);
    const site: Site = { line, name: '(for generator)', isMethod: false };
    const [values, before] = this.#apart(() => this.list(node.iterators));
    const setters = node.variables.map((variable) => this.declare(variable));
    const body = this.#block(node.body);
    return function* loop(frame): Ending {
      if (before.length > 0) yield* runAll(before, frame);
      const [iterator, state, initial] = values(frame);
      let control = initial;
      for (;;) {
        if (--machine.budget < 0 && machine.pauses(frame, line)) yield;
        frame.site = site;
        // As in Lua 5.1, an iterator cannot yield across the loop that calls it.
        const given: readonly LuaValue[] = iterator instanceof LuaFunction
          ? iterator.call([state, control])
          : machine.callOther(iterator, [state, control], line, '');
        control = given[0];
        if (control === undefined) return undefined;
        for (let i = 0; i < setters.length; i++) setters[i]?.(frame, given[i]);
        const outcome = body(frame);
        const signal = isPending(outcome) ? yield* outcome : outcome;
        if (signal !== undefined) return signal === BREAK ? undefined : signal;
      }
    };
  }

  protected override logical(node: luaparse.LogicalExpression): Evaluate {
    const left = this.expression(node.left);
    const [right, before] = this.#apart(() => this.expression(node.right));
    const goesOn = node.operator === 'and';
    if (before.length === 0) {
      return (frame) => {
        const value = left(frame);
        return isTrue(value) === goesOn ? right(frame) : value;
      };
    }
    // The calls on the right are made only if the left asks for them.
    const place = this.#calls++;
    const keep: Execute = (frame) => {
      frame.given[place] = [right(frame)];
      return undefined;
    };
    const calls = after(before, keep);
    this.#before.push((frame) => {
      const value = left(frame);
      if (isTrue(value) !== goesOn) {
        frame.given[place] = [value];
        return undefined;
      }
      const outcome = calls(frame);
      return isPending(outcome) ? voided(outcome) : undefined;
    });
    return (frame) => frame.given[place]?.[0];
  }

  protected override call(node: CallNode, isTail = false): EvaluateMany {
    const { machine } = this;
    const place = this.#calls++;
    const { prepare, site, describe } = this.callee(node);
    this.#before.push((frame) => {
      const [callee, args] = prepare(frame);
      frame.site = site;
      if (isTail && callee instanceof LuaClosure) {
        machine.tailFunction = callee;
        machine.tailArgs = args;
        frame.given[place] = TAIL;
        return undefined;
      }
      const outcome = callee instanceof LuaFunction ? callee.begin(args) : machine.callOther(callee, args, site.line, describe);
      if (isPending(outcome)) return store(frame, place, outcome);
      frame.given[place] = outcome;
      return undefined;
    });
    return (frame) => frame.given[place] ?? [];
  }

  protected override many(node: Expression): EvaluateMany {
    return isCall(node) ? this.call(node) : super.many(node);
  }
}

function* voided(pending: Resumable<LuaValue[] | undefined>): Generator<Paused, void, readonly LuaValue[]> {
  yield* pending;
}
