/**
 * Lua 5.1 compiled to JavaScript closures: each node of the tree becomes one function of the activation. This is the plain form;
 * `compile-resumable.ts` makes the other.
 *
 * Lines of errors are those of the nearest token; Lua 5.1 has those of the instruction, which in an expression over several
 * lines may be another.
 *
 * @module
 */
import type luaparse from 'luaparse';
import type { Bytes } from '../bytes/bytes.ts';
import { BREAK, LuaClosure, TAIL, type Execute, type Prototype } from './closure.ts';
import { LuaTable } from './lua-table.ts';
import { LuaError, LuaFunction, typeName, type LuaValue } from './lua-value.ts';
import { isTrue, modulo, power, toNumber, type Box, type Event, type Frame, type Machine, type Site } from './machine.ts';
import { tableArgument, type Layout, type Variable } from './resolve.ts';

export type Expression = luaparse.Expression;
export type Statement = luaparse.Statement;
/** Gives one value. */
export type Evaluate = (frame: Frame) => LuaValue;
/** Gives any number of values. */
export type EvaluateMany = (frame: Frame) => LuaValue[];
/** Evaluates what stands left of `=`; what it gives assigns. */
type Target = (frame: Frame) => (value: LuaValue) => void;
/** Puts a value where a variable lives. */
export type Assign = (frame: Frame, value: LuaValue) => void;

/** A chunk that is being compiled. */
export interface Source {
  readonly machine: Machine;
  readonly text: Bytes;
  readonly layout: Layout;
  /** The code of one of its functions: the same for each form of the function around it. */
  prototype(node: luaparse.FunctionDeclaration): Prototype;
}

const EVENTS: Readonly<Record<string, Event>> = { '+': '__add', '-': '__sub', '*': '__mul', '/': '__div', '%': '__mod', '^': '__pow' };

/** Compiles one function. */
export class Compiler {
  protected readonly source: Source;
  protected readonly machine: Machine;

  /** @param source - the chunk around it */
  constructor(source: Source) {
    this.source = source;
    this.machine = source.machine;
  }

  /** A block. */
  block(statements: readonly Statement[]): Execute {
    return this.statements(statements);
  }

  protected statements(statements: readonly Statement[]): Execute {
    const compiled = statements.map((statement) => this.statement(statement));
    const [first, second, third] = compiled;
    if (first === undefined) return () => undefined;
    if (second === undefined) return first;
    if (third === undefined) return (frame) => first(frame) ?? second(frame);
    return (frame) => {
      for (let i = 0; i < compiled.length; i++) {
        const signal = (compiled[i] as Execute)(frame);
        if (signal !== undefined) return signal;
      }
      return undefined;
    };
  }

  protected statement(node: Statement): Execute {
    switch (node.type) {
      case 'LocalStatement': return this.local(node);
      case 'AssignmentStatement': return this.assignment(node);
      case 'CallStatement': {
        const call = this.call(node.expression);
        return (frame) => { call(frame); return undefined; };
      }
      case 'ReturnStatement': return this.return(node);
      case 'IfStatement': return this.if(node);
      case 'WhileStatement': return this.while(node);
      case 'RepeatStatement': return this.repeat(node);
      case 'ForNumericStatement': return this.forNumeric(node);
      case 'ForGenericStatement': return this.forGeneric(node);
      case 'DoStatement': return this.block(node.body);
      case 'BreakStatement': return () => BREAK;
      case 'FunctionDeclaration': return this.functionStatement(node);
      case 'LabelStatement': case 'GotoStatement':
        throw new LuaError(`unresolved '${node.label.name}'`);
    }
  }

  /** The local variable that a node declares. */
  #variableOf(node: object): Variable {
    const use = this.source.layout.uses.get(node);
    if (use === undefined) throw new LuaError('unresolved variable');
    return use.variable;
  }

  /** Makes a local variable, new at each turn of a loop. */
  protected declare(node: object): Assign {
    const { place, isCaptured } = this.#variableOf(node);
    if (isCaptured) return (frame, value) => { frame.boxes[place] = { value }; };
    return (frame, value) => { frame.slots[place] = value; };
  }

  protected local(node: luaparse.LocalStatement): Execute {
    if (node.variables.length === 1 && node.init.length === 1) {
      const value = this.expression(node.init[0] as Expression);
      const { place, isCaptured } = this.#variableOf(node.variables[0] as object);
      if (isCaptured) return (frame) => { frame.boxes[place] = { value: value(frame) }; return undefined; };
      return (frame) => { frame.slots[place] = value(frame); return undefined; };
    }
    const values = this.list(node.init);
    const setters = node.variables.map((variable) => this.declare(variable));
    return (frame) => {
      const given = values(frame);
      for (let i = 0; i < setters.length; i++) setters[i]?.(frame, given[i]);
      return undefined;
    };
  }

  protected assignment(node: luaparse.AssignmentStatement): Execute {
    const targets = node.variables.map((variable) => this.target(variable));
    if (targets.length === 1 && node.init.length === 1) {
      const target = targets[0] as Target;
      const value = this.expression(node.init[0] as Expression);
      return (frame) => {
        const assign = target(frame);
        assign(value(frame));
        return undefined;
      };
    }
    const values = this.list(node.init);
    return (frame) => {
      const assign = targets.map((target) => target(frame));
      const given = values(frame);
      for (let i = assign.length - 1; i >= 0; i--) assign[i]?.(given[i]);
      return undefined;
    };
  }

  /** Evaluates what stands left of `=`, and gives what assigns to it. */
  protected target(node: Expression): Target {
    const { machine } = this;
    if (node.type === 'Identifier') {
      const assign = this.variableSetter(node);
      return (frame) => (value) => assign(frame, value);
    }
    if (node.type !== 'MemberExpression' && node.type !== 'IndexExpression') throw new LuaError(`syntax error near '='`);
    const base = this.expression(node.base);
    const key = node.type === 'MemberExpression' ? constant(node.identifier.name) : this.expression(node.index);
    const line = lineOf(node);
    const describe = this.describe(node.base);
    return (frame) => {
      const object = base(frame);
      const at = key(frame);
      return (value) => machine.setIndex(object, at, value, line, describe);
    };
  }

  protected variableSetter(node: luaparse.Identifier): (frame: Frame, value: LuaValue) => void {
    const { machine } = this;
    const { name } = node;
    const use = this.source.layout.uses.get(node);
    if (use === undefined) {
      const line = lineOf(node);
      return (_, value) => machine.setIndex(machine.globals, name, value, line, '');
    }
    const { upvalue, variable: { place, isCaptured } } = use;
    if (upvalue !== undefined) {
      return (frame, value) => { (frame.upvalues[upvalue] as Box).value = value; };
    }
    if (isCaptured) return (frame, value) => { (frame.boxes[place] as Box).value = value; };
    return (frame, value) => { frame.slots[place] = value; };
  }

  protected return(node: luaparse.ReturnStatement): Execute {
    const [only] = node.arguments;
    if (node.arguments.length === 1 && only !== undefined && isCall(only) && this.isMany(only)) return this.call(only, true);
    if (node.arguments.length === 1 && only !== undefined && !this.isMany(only)) {
      const value = this.expression(only);
      return (frame) => [value(frame)];
    }
    const values = this.list(node.arguments);
    return (frame) => values(frame);
  }

  protected if(node: luaparse.IfStatement): Execute {
    const clauses = node.clauses.map((clause) => ({
      condition: clause.type === 'ElseClause' ? () => true : this.expression(clause.condition),
      body: this.block(clause.body),
    }));
    return (frame) => {
      for (let i = 0; i < clauses.length; i++) {
        const clause = clauses[i] as (typeof clauses)[number];
        if (isTrue(clause.condition(frame))) return clause.body(frame);
      }
      return undefined;
    };
  }

  protected while(node: luaparse.WhileStatement): Execute {
    const { machine } = this;
    const condition = this.expression(node.condition);
    const body = this.block(node.body);
    const line = lineOf(node);
    return (frame) => {
      while (isTrue(condition(frame))) {
        if (--machine.budget < 0) machine.spent(frame, line);
        const signal = body(frame);
        if (signal === undefined) continue;
        if (signal === BREAK) break;
        return signal;
      }
      return undefined;
    };
  }

  protected repeat(node: luaparse.RepeatStatement): Execute {
    const { machine } = this;
    const line = lineOf(node);
    // The condition sees the locals of the body.
    const body = this.statements(node.body);
    const condition = this.expression(node.condition);
    return (frame) => {
      do {
        if (--machine.budget < 0) machine.spent(frame, line);
        const signal = body(frame);
        if (signal === undefined) continue;
        if (signal === BREAK) break;
        return signal;
      } while (!isTrue(condition(frame)));
      return undefined;
    };
  }

  protected forNumeric(node: luaparse.ForNumericStatement): Execute {
    const { machine } = this;
    const line = lineOf(node);
    const start = this.expression(node.start);
    const end = this.expression(node.end);
    const step = node.step === null ? constant(1) : this.expression(node.step);
    const assign = this.declare(node.variable);
    const body = this.block(node.body);
    return (frame) => {
      const [from, to, by] = [toNumber(start(frame)), toNumber(end(frame)), toNumber(step(frame))];
      if (from === undefined) return machine.failAt(line, "'for' initial value must be a number");
      if (to === undefined) return machine.failAt(line, "'for' limit must be a number");
      if (by === undefined) return machine.failAt(line, "'for' step must be a number");
      for (let i = from; by > 0 ? i <= to : i >= to; i += by) {
        if (--machine.budget < 0) machine.spent(frame, line);
        assign(frame, i);
        const signal = body(frame);
        if (signal === undefined) continue;
        if (signal === BREAK) break;
        return signal;
      }
      return undefined;
    };
  }

  protected forGeneric(node: luaparse.ForGenericStatement): Execute {
    const { machine } = this;
    const line = lineOf(node);
    const site: Site = { line, name: '(for generator)', isMethod: false };
    const values = this.list(node.iterators);
    const setters = node.variables.map((variable) => this.declare(variable));
    const body = this.block(node.body);
    return (frame) => {
      const [iterator, state, initial] = values(frame);
      let control = initial;
      for (;;) {
        if (--machine.budget < 0) machine.spent(frame, line);
        frame.site = site;
        const given: readonly LuaValue[] = iterator instanceof LuaFunction
          ? iterator.call([state, control])
          : machine.callOther(iterator, [state, control], line, '');
        control = given[0];
        if (control === undefined) return undefined;
        for (let i = 0; i < setters.length; i++) setters[i]?.(frame, given[i]);
        const signal = body(frame);
        if (signal === undefined) continue;
        if (signal === BREAK) return undefined;
        return signal;
      }
    };
  }

  protected functionStatement(node: luaparse.FunctionDeclaration): Execute {
    const { identifier } = node;
    if (identifier === null) throw new LuaError("'(' expected");
    const make = this.function(node);
    if (node.isLocal && identifier.type === 'Identifier') {
      const { place, isCaptured } = this.#variableOf(identifier);
      if (!isCaptured) return (frame) => { frame.slots[place] = make(frame); return undefined; };
      return (frame) => {
        // The name is known inside.
        const box: Box = { value: undefined };
        frame.boxes[place] = box;
        box.value = make(frame);
        return undefined;
      };
    }
    const target = this.target(identifier);
    return (frame) => { target(frame)(make(frame)); return undefined; };
  }

  protected function(node: luaparse.FunctionDeclaration): Evaluate {
    const prototype = this.source.prototype(node);
    const sources = prototype.layout.sources.map(({ variable, outer }) => ({ isBox: outer === undefined, place: outer ?? variable.place }));
    return (frame) => new LuaClosure(prototype, sources.map(({ isBox, place }) => (isBox ? frame.boxes[place] : frame.upvalues[place]) as Box));
  }

  protected list(nodes: readonly Expression[], own = 0): EvaluateMany {
    const last = nodes.at(-1);
    if (last !== undefined && this.isMany(last, nodes.length === 1 ? own : 0)) {
      const first = nodes.slice(0, -1).map((node) => this.expression(node));
      const rest = this.many(last);
      if (first.length === 0) return rest;
      return (frame) => {
        const values = first.map((value) => value(frame));
        for (const value of rest(frame)) values.push(value);
        return values;
      };
    }
    const [first, second, third, ...others] = nodes.map((node) => this.expression(node));
    if (first === undefined) return () => [];
    if (second === undefined) return (frame) => [first(frame)];
    if (third === undefined) return (frame) => [first(frame), second(frame)];
    return (frame) => {
      const values = [first(frame), second(frame), third(frame)];
      for (let i = 0; i < others.length; i++) values.push((others[i] as Evaluate)(frame));
      return values;
    };
  }

  protected many(node: Expression): EvaluateMany {
    if (node.type === 'VarargLiteral') return (frame) => [...frame.varargs];
    return isCall(node) ? this.call(node) : () => [];
  }

  /** What a call needs before it is made: the function, its arguments, where it happens and what errors call the function. */
  protected callee(node: CallNode): { readonly prepare: (frame: Frame) => readonly [LuaValue, LuaValue[]]; readonly site: Site; readonly describe: string } {
    const { machine } = this;
    const { base } = node;
    const line = base.loc?.end.line ?? 0;
    if (base.type === 'MemberExpression' && base.indexer === ':') {
      const { name } = base.identifier;
      const object = this.expression(base.base);
      const describeBase = this.describe(base.base);
      const args = this.#arguments(node);
      return {
        site: { line, name, isMethod: true },
        describe: `method '${name}'`,
        prepare: (frame) => {
          const self = object(frame);
          const callee = machine.index(self, name, line, describeBase);
          return [callee, [self, ...args(frame)]];
        },
      };
    }
    const callee = this.expression(base);
    const args = this.#arguments(node);
    const describe = this.describe(base);
    return { site: { line, name: /'(.*)'$/s.exec(describe)?.[1], isMethod: false }, describe, prepare: (frame) => [callee(frame), args(frame)] };
  }

  #arguments(node: CallNode): EvaluateMany {
    return this.list(node.type === 'CallExpression' ? node.arguments : node.type === 'TableCallExpression' ? [tableArgument(node)] : [node.argument], 1);
  }

  protected call(node: CallNode, isTail = false): EvaluateMany {
    const { machine } = this;
        const args = this.#arguments(node);
    const { base } = node;
    const line = base.loc?.end.line ?? 0;
    const finish = (frame: Frame, callee: LuaValue, given: LuaValue[], site: Site, describe: string): LuaValue[] => {
      frame.site = site;
      if (isTail && callee instanceof LuaClosure) {
        machine.tailFunction = callee;
        machine.tailArgs = given;
        return TAIL;
      }
      return callee instanceof LuaFunction ? callee.call(given) : machine.callOther(callee, given, site.line, describe);
    };
    if (base.type === 'MemberExpression' && base.indexer === ':') {
      const { name } = base.identifier;
      const object = this.expression(base.base);
      const describe = `method '${name}'`;
      const describeBase = this.describe(base.base);
      const site: Site = { line, name, isMethod: true };
      return (frame) => {
        const self = object(frame);
        const callee = machine.index(self, name, line, describeBase);
        const given = args(frame);
        given.unshift(self);
        return finish(frame, callee, given, site, describe);
      };
    }
    const callee = this.expression(base);
    const describe = this.describe(base);
    const site: Site = { line, name: /'(.*)'$/s.exec(describe)?.[1], isMethod: false };
    return (frame) => {
      const called = callee(frame);
      return finish(frame, called, args(frame), site, describe);
    };
  }

  protected expression(node: Expression): Evaluate {
    switch (node.type) {
      case 'NilLiteral': return () => undefined;
      case 'BooleanLiteral': case 'NumericLiteral': case 'StringLiteral': return constant(node.value);
      case 'VarargLiteral': return (frame) => frame.varargs[0];
      case 'Identifier': return this.variable(node);
      case 'FunctionDeclaration': return this.function(node);
      case 'TableConstructorExpression': return this.table(node);
      case 'MemberExpression': return this.index(node, node.base, constant(node.identifier.name));
      case 'IndexExpression': return this.index(node, node.base, this.expression(node.index));
      case 'LogicalExpression': return this.logical(node);
      case 'UnaryExpression': return this.unary(node);
      case 'BinaryExpression': return this.binary(node);
      case 'CallExpression': case 'TableCallExpression': case 'StringCallExpression': {
        const call = this.call(node);
        return (frame) => call(frame)[0];
      }
    }
  }

  protected logical(node: luaparse.LogicalExpression): Evaluate {
    const left = this.expression(node.left);
    const right = this.expression(node.right);
    if (node.operator === 'and') return (frame) => { const value = left(frame); return isTrue(value) ? right(frame) : value; };
    return (frame) => { const value = left(frame); return isTrue(value) ? value : right(frame); };
  }

  protected variable(node: luaparse.Identifier): Evaluate {
    const { machine } = this;
    const { globals } = machine;
    const { name } = node;
    const use = this.source.layout.uses.get(node);
    if (use === undefined) {
      const line = lineOf(node);
      return () => globals.get(name) ?? machine.index(globals, name, line, '');
    }
    const { upvalue, variable: { place, isCaptured } } = use;
    if (upvalue !== undefined) {
      return (frame) => frame.upvalues[upvalue]?.value;
    }
    if (isCaptured) return (frame) => frame.boxes[place]?.value;
    return (frame) => frame.slots[place];
  }

  protected index(node: Expression, base: Expression, key: Evaluate): Evaluate {
    const { machine } = this;
    const object = this.expression(base);
    const line = lineOf(node);
    const describe = this.describe(base);
    return (frame) => {
      const table = object(frame);
      const at = key(frame);
      if (table instanceof LuaTable) {
        const value = table.get(at);
        if (value !== undefined || table.metatable === undefined) return value;
      }
      return machine.index(table, at, line, describe);
    };
  }

  protected table(node: luaparse.TableConstructorExpression): Evaluate {
    const items: Evaluate[] = [];
    const pairs: { readonly key: Evaluate; readonly value: Evaluate; readonly line: number; readonly after: number }[] = [];
    let rest: EvaluateMany | undefined;
    node.fields.forEach((field, i) => {
      if (field.type === 'TableValue') {
        if (i === node.fields.length - 1 && this.isMany(field.value)) rest = this.many(field.value);
        else items.push(this.expression(field.value));
        return;
      }
      const key = field.type === 'TableKeyString' ? constant(field.key.name) : this.expression(field.key);
      pairs.push({ key, value: this.expression(field.value), line: lineOf(field.value), after: items.length });
    });
    const { machine } = this;
    const [arraySize, hashSize] = [floatingByte(items.length), floatingByte(pairs.length)];
    return (frame) => {
      const table = new LuaTable(arraySize, hashSize);
      let evaluated = 0;
      const values: LuaValue[] = [];
      for (const { key, value, line, after } of pairs) {
        while (evaluated < after) values.push((items[evaluated++] as Evaluate)(frame));
        const at = key(frame);
        machine.setIndex(table, at, value(frame), line, '');
      }
      while (evaluated < items.length) values.push((items[evaluated++] as Evaluate)(frame));
      if (rest !== undefined) for (const value of rest(frame)) values.push(value);
      table.reserveArray(values.length);
      for (let i = 0; i < values.length; i++) table.set(i + 1, values[i]);
      return table;
    };
  }

  protected unary(node: luaparse.UnaryExpression): Evaluate {
    const { machine } = this;
    const argument = this.expression(node.argument);
    const line = node.argument.loc?.end.line ?? 0;
    const describe = this.describe(node.argument);
    switch (node.operator) {
      case 'not': return (frame) => !isTrue(argument(frame));
      case '-':
        return (frame) => {
          const value = argument(frame);
          return typeof value === 'number' ? -value : machine.arithmetic('__unm', value, value, line, describe, describe);
        };
      case '#':
        return (frame) => {
          const value = argument(frame);
          if (value instanceof LuaTable || typeof value === 'string') return value.length;
          return machine.failAt(line, `attempt to get length of ${describe}${describe === '' ? '' : ' ('}a ${nameOf(value)} value${describe === '' ? '' : ')'}`);
        };
      case '~':
        throw new LuaError("unexpected symbol near '~'");
    }
  }

  protected binary(node: luaparse.BinaryExpression): Evaluate {
    const { machine } = this;
    const { operator } = node;
    const left = this.expression(node.left);
    const right = this.expression(node.right);
    const line = node.right.loc?.end.line ?? 0;
    const [a, b] = [this.describe(node.left), this.describe(node.right)];
    const event = EVENTS[operator] ?? '__add';
    const arithmetic = (calculate: (x: number, y: number) => number): Evaluate => (frame) => {
      const x = left(frame);
      const y = right(frame);
      return typeof x === 'number' && typeof y === 'number' ? calculate(x, y) : machine.arithmetic(event, x, y, line, a, b);
    };
    switch (operator) {
      case '+':
        return (frame) => {
          const x = left(frame);
          const y = right(frame);
          return typeof x === 'number' && typeof y === 'number' ? x + y : machine.arithmetic('__add', x, y, line, a, b);
        };
      case '-':
        return (frame) => {
          const x = left(frame);
          const y = right(frame);
          return typeof x === 'number' && typeof y === 'number' ? x - y : machine.arithmetic('__sub', x, y, line, a, b);
        };
      case '*': return arithmetic((x, y) => x * y);
      case '/': return arithmetic((x, y) => x / y);
      case '%': return arithmetic(modulo);
      case '^': return arithmetic(power);
      case '..': return (frame) => { const x = left(frame); return machine.concat(x, right(frame), line, a, b); };
      case '==': return (frame) => { const x = left(frame); return machine.equals(x, right(frame)); };
      case '~=': return (frame) => { const x = left(frame); return !machine.equals(x, right(frame)); };
      case '<': return (frame) => { const x = left(frame); return machine.less(x, right(frame), line); };
      case '<=': return (frame) => { const x = left(frame); return machine.lessOrEqual(x, right(frame), line); };
      case '>': return (frame) => { const x = left(frame); return machine.less(right(frame), x, line); };
      case '>=': return (frame) => { const x = left(frame); return machine.lessOrEqual(right(frame), x, line); };
      case '//': case '&': case '|': case '~': case '<<': case '>>':
        throw new LuaError(`unexpected symbol near '${operator}'`);
    }
  }

  /**
   * Whether an expression may give several values: parentheses cut them to one. luaparse does not keep parentheses, so the
   * source is looked at.
   *
   * @param own - how many stand there anyway, as those around a call's only argument do
   */
  protected isMany(node: Expression, own = 0): boolean {
    if (!isCall(node) && node.type !== 'VarargLiteral') return false;
    if (!('range' in node)) return true;
    let [from, to] = node.range as [number, number];
    for (let found = 0; ; found++) {
      while (/\s/.test(this.source.text[from - 1] ?? '')) from--;
      while (/\s/.test(this.source.text[to] ?? '')) to++;
      if (this.source.text[--from] !== '(' || this.source.text[to++] !== ')') return true;
      if (found >= own) return false;
    }
  }

  /** What an error calls the value of an expression, or nothing. */
  protected describe(node: Expression): string {
    if (node.type === 'MemberExpression') return `field '${node.identifier.name}'`;
    if (node.type === 'IndexExpression') return `field '${node.index.type === 'StringLiteral' ? node.index.value : '?'}'`;
    // A constant that is true is compiled away.
    const isConstant = node.type === 'LogicalExpression' && node.operator === 'and' && (node.left.type === 'NumericLiteral' || node.left.type === 'StringLiteral');
    if (isConstant) return this.describe(node.right);
    if (node.type !== 'Identifier') return '';
    const use = this.source.layout.uses.get(node);
    if (use === undefined) return `global '${node.name}'`;
    return use.upvalue === undefined ? `local '${node.name}'` : `upvalue '${node.name}'`;
  }
}

function nameOf(value: LuaValue): string {
  return typeName(value);
}

function constant(value: LuaValue): Evaluate {
  return () => value;
}

/** The line of a node. */
export function lineOf(node: Expression | Statement): number {
  return node.loc?.start.line ?? 0;
}

/** A call, however it is written. */
export type CallNode = luaparse.CallExpression | luaparse.TableCallExpression | luaparse.StringCallExpression;

/** Whether a node is a call. */
export function isCall(node: Expression): node is CallNode {
  return node.type === 'CallExpression' || node.type === 'TableCallExpression' || node.type === 'StringCallExpression';
}

/** What `NEWTABLE` makes of a size: a number of three bits and an exponent, rounded up. */
function floatingByte(size: number): number {
  let [mantissa, exponent] = [size, 0];
  while (mantissa >= 16) {
    mantissa = (mantissa + 1) >> 1;
    exponent++;
  }
  return mantissa < 8 ? size : mantissa * 2 ** exponent;
}

