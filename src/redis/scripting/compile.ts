/**
 * Lua 5.1 compiled to JavaScript closures: luaparse reads the source, each node of its tree becomes one function of the
 * activation. A local variable lives in a slot of its frame, or in a box when an inner function keeps it; which of the two is
 * known only after the scope has been read, so a chunk is compiled twice, the first time to learn it.
 *
 * Lines of errors are those of the nearest token; Lua 5.1 has those of the instruction, which in an expression over several
 * lines may be another. Syntax errors are luaparse's, in Lua's words where those are known.
 *
 * @module
 */
import luaparse from 'luaparse';
import type { Bytes } from '../bytes.ts';
import { LuaTable } from './lua-table.ts';
import { LuaError, LuaFunction, type LuaValue } from './lua-value.ts';
import { Frame, isTrue, modulo, power, toNumber, type Box, type ChunkName, type Event, type Machine, type Site } from './machine.ts';

type Expression = luaparse.Expression;
type Statement = luaparse.Statement;
type Evaluate = (frame: Frame) => LuaValue;
type EvaluateMany = (frame: Frame) => LuaValue[];
/** What a statement ends with: nothing, `BREAK`, `TAIL`, or the values it returns. */
type Execute = (frame: Frame) => LuaValue[] | undefined;

/** Evaluates what stands left of `=`; what it gives assigns. */
type Target = (frame: Frame) => (value: LuaValue) => void;

const BREAK: LuaValue[] = [];
const TAIL: LuaValue[] = [];

/** A function of Lua. */
class LuaClosure extends LuaFunction {
  readonly start: (args: readonly LuaValue[], caller: Frame, isTail: boolean) => LuaValue[] | undefined;

  constructor(machine: Machine, start: (args: readonly LuaValue[], caller: Frame, isTail: boolean) => LuaValue[] | undefined) {
    super((args) => {
      const caller = machine.frame;
      let result = start(args, caller, false);
      while (result === TAIL) {
        const callee = machine.tailFunction as LuaClosure;
        result = callee.start(machine.tailArgs, caller, true);
      }
      machine.frame = caller;
      return result ?? [];
    }, false);
    this.start = start;
  }
}

interface Variable {
  readonly declaration: object;
  readonly name: string;
  readonly place: number;
  readonly isBoxed: boolean;
  readonly owner: FunctionScope;
}

/** What is known of a function while it is compiled. */
class FunctionScope {
  readonly parent: FunctionScope | undefined;
  readonly hasVarargs: boolean;
  readonly blocks: Map<string, Variable>[] = [new Map()];
  /** Where a new closure finds its upvalues: boxes of the frame that makes it, or that frame's own upvalues. */
  readonly sources: { readonly isBox: boolean; readonly place: number }[] = [];
  readonly #upvalues = new Map<Variable, number>();
  slots = 0;
  boxes = 0;

  constructor(parent: FunctionScope | undefined, hasVarargs: boolean) {
    this.parent = parent;
    this.hasVarargs = hasVarargs;
  }

  find(name: string): Variable | undefined {
    for (let i = this.blocks.length - 1; i >= 0; i--) {
      const found = this.blocks[i]?.get(name);
      if (found !== undefined) return found;
    }
    return this.parent?.find(name);
  }

  upvalue(variable: Variable): number {
    const known = this.#upvalues.get(variable);
    if (known !== undefined) return known;
    const isBox = variable.owner === this.parent;
    this.sources.push({ isBox, place: isBox ? variable.place : (this.parent as FunctionScope).upvalue(variable) });
    const place = this.sources.length - 1;
    this.#upvalues.set(variable, place);
    return place;
  }
}

const EVENTS: Readonly<Record<string, Event>> = { '+': '__add', '-': '__sub', '*': '__mul', '/': '__div', '%': '__mod', '^': '__pow' };

/** Compiles one chunk. */
class Compiler {
  readonly #machine: Machine;
  readonly #captured: Set<object>;
  readonly #chunkName: ChunkName;
  readonly #source: Bytes;
  #scope: FunctionScope;

  constructor(machine: Machine, captured: Set<object>, chunkName: ChunkName, source: Bytes) {
    this.#source = source;
    this.#chunkName = chunkName;
    this.#machine = machine;
    this.#captured = captured;
    this.#scope = new FunctionScope(undefined, true);
  }

  chunk(chunk: luaparse.Chunk): LuaFunction {
    const body = this.#block(chunk.body);
    const machine = this.#machine;
    const name = this.#chunkName;
    return new LuaClosure(machine, (args, caller, isTail) => {
      const frame = new Frame(caller, [], isTail, name);
      frame.varargs = args;
      machine.frame = frame;
      return body(frame);
    });
  }

  #declare(declaration: object, name: string): Variable {
    const scope = this.#scope;
    const isBoxed = this.#captured.has(declaration);
    const variable: Variable = { declaration, name, place: isBoxed ? scope.boxes++ : scope.slots++, isBoxed, owner: scope };
    scope.blocks.at(-1)?.set(name, variable);
    return variable;
  }

  #scoped<T>(compile: () => T): T {
    this.#scope.blocks.push(new Map());
    const result = compile();
    this.#scope.blocks.pop();
    return result;
  }

  #block(statements: readonly Statement[]): Execute {
    return this.#scoped(() => this.#statements(statements));
  }

  #statements(statements: readonly Statement[]): Execute {
    const compiled = statements.map((statement) => this.#statement(statement));
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

  #statement(node: Statement): Execute {
    switch (node.type) {
      case 'LocalStatement': return this.#local(node);
      case 'AssignmentStatement': return this.#assignment(node);
      case 'CallStatement': {
        const call = this.#call(node.expression);
        return (frame) => { call(frame); return undefined; };
      }
      case 'ReturnStatement': return this.#return(node);
      case 'IfStatement': return this.#if(node);
      case 'WhileStatement': return this.#while(node);
      case 'RepeatStatement': return this.#repeat(node);
      case 'ForNumericStatement': return this.#forNumeric(node);
      case 'ForGenericStatement': return this.#forGeneric(node);
      case 'DoStatement': return this.#block(node.body);
      case 'BreakStatement': return () => BREAK;
      case 'FunctionDeclaration': return this.#functionStatement(node);
      case 'LabelStatement': case 'GotoStatement':
        throw new LuaError(`'=' expected near '${node.label.name}'`);
    }
  }

  #setter(variable: Variable): (frame: Frame, value: LuaValue) => void {
    const { place } = variable;
    if (variable.isBoxed) return (frame, value) => { frame.boxes[place] = { value }; };
    return (frame, value) => { frame.slots[place] = value; };
  }

  #local(node: luaparse.LocalStatement): Execute {
    if (node.variables.length === 1 && node.init.length === 1) {
      const value = this.#expression(node.init[0] as Expression);
      const variable = this.#declare(node.variables[0] as object, node.variables[0]?.name ?? '');
      const { place } = variable;
      if (variable.isBoxed) return (frame) => { frame.boxes[place] = { value: value(frame) }; return undefined; };
      return (frame) => { frame.slots[place] = value(frame); return undefined; };
    }
    const values = this.#list(node.init);
    const setters = node.variables.map((variable) => this.#setter(this.#declare(variable, variable.name)));
    return (frame) => {
      const given = values(frame);
      for (let i = 0; i < setters.length; i++) setters[i]?.(frame, given[i]);
      return undefined;
    };
  }

  #assignment(node: luaparse.AssignmentStatement): Execute {
    const targets = node.variables.map((variable) => this.#target(variable));
    if (targets.length === 1 && node.init.length === 1) {
      const target = targets[0] as Target;
      const value = this.#expression(node.init[0] as Expression);
      return (frame) => {
        const assign = target(frame);
        assign(value(frame));
        return undefined;
      };
    }
    const values = this.#list(node.init);
    return (frame) => {
      const assign = targets.map((target) => target(frame));
      const given = values(frame);
      for (let i = assign.length - 1; i >= 0; i--) assign[i]?.(given[i]);
      return undefined;
    };
  }

  /** Evaluates what stands left of `=`, and gives what assigns to it. */
  #target(node: Expression): Target {
    const machine = this.#machine;
    if (node.type === 'Identifier') {
      const assign = this.#variableSetter(node);
      return (frame) => (value) => assign(frame, value);
    }
    if (node.type !== 'MemberExpression' && node.type !== 'IndexExpression') throw new LuaError(`syntax error near '='`);
    const base = this.#expression(node.base);
    const key = node.type === 'MemberExpression' ? constant(node.identifier.name) : this.#expression(node.index);
    const line = lineOf(node);
    const describe = this.#describe(node.base);
    return (frame) => {
      const object = base(frame);
      const at = key(frame);
      return (value) => machine.setIndex(object, at, value, line, describe);
    };
  }

  #variableSetter(node: luaparse.Identifier): (frame: Frame, value: LuaValue) => void {
    const machine = this.#machine;
    const { name } = node;
    const variable = this.#scope.find(name);
    if (variable === undefined) {
      const line = lineOf(node);
      return (_, value) => machine.setIndex(machine.globals, name, value, line, '');
    }
    const { place } = variable;
    if (variable.owner !== this.#scope) {
      this.#captured.add(variable.declaration);
      const upvalue = this.#scope.upvalue(variable);
      return (frame, value) => { (frame.upvalues[upvalue] as Box).value = value; };
    }
    if (variable.isBoxed) return (frame, value) => { (frame.boxes[place] as Box).value = value; };
    return (frame, value) => { frame.slots[place] = value; };
  }

  #return(node: luaparse.ReturnStatement): Execute {
    const [only] = node.arguments;
    if (node.arguments.length === 1 && only !== undefined && isCall(only) && this.#isMany(only)) return this.#call(only, true);
    if (node.arguments.length === 1 && only !== undefined && !this.#isMany(only)) {
      const value = this.#expression(only);
      return (frame) => [value(frame)];
    }
    const values = this.#list(node.arguments);
    return (frame) => values(frame);
  }

  #if(node: luaparse.IfStatement): Execute {
    const clauses = node.clauses.map((clause) => ({
      condition: clause.type === 'ElseClause' ? () => true : this.#expression(clause.condition),
      body: this.#block(clause.body),
    }));
    return (frame) => {
      for (let i = 0; i < clauses.length; i++) {
        const clause = clauses[i] as (typeof clauses)[number];
        if (isTrue(clause.condition(frame))) return clause.body(frame);
      }
      return undefined;
    };
  }

  #while(node: luaparse.WhileStatement): Execute {
    const machine = this.#machine;
    const condition = this.#expression(node.condition);
    const body = this.#block(node.body);
    const line = lineOf(node);
    return (frame) => {
      while (isTrue(condition(frame))) {
        this.#step(machine, frame, line);
        const signal = body(frame);
        if (signal === undefined) continue;
        if (signal === BREAK) break;
        return signal;
      }
      return undefined;
    };
  }

  #step(machine: Machine, frame: Frame, line: number): void {
    if (--machine.budget >= 0) return;
    frame.site = { line, name: undefined, isMethod: false };
    machine.step();
  }

  #repeat(node: luaparse.RepeatStatement): Execute {
    const machine = this.#machine;
    const line = lineOf(node);
    // The condition sees the locals of the body.
    const [body, condition] = this.#scoped(() => [this.#statements(node.body), this.#expression(node.condition)] as const);
    return (frame) => {
      do {
        this.#step(machine, frame, line);
        const signal = body(frame);
        if (signal === undefined) continue;
        if (signal === BREAK) break;
        return signal;
      } while (!isTrue(condition(frame)));
      return undefined;
    };
  }

  #forNumeric(node: luaparse.ForNumericStatement): Execute {
    const machine = this.#machine;
    const line = lineOf(node);
    const start = this.#expression(node.start);
    const end = this.#expression(node.end);
    const step = node.step === null ? constant(1) : this.#expression(node.step);
    const [assign, body] = this.#scoped(() => {
      const setter = this.#setter(this.#declare(node.variable, node.variable.name));
      return [setter, this.#block(node.body)] as const;
    });
    return (frame) => {
      const [from, to, by] = [toNumber(start(frame)), toNumber(end(frame)), toNumber(step(frame))];
      if (from === undefined) return machine.failAt(line, "'for' initial value must be a number");
      if (to === undefined) return machine.failAt(line, "'for' limit must be a number");
      if (by === undefined) return machine.failAt(line, "'for' step must be a number");
      for (let i = from; by > 0 ? i <= to : i >= to; i += by) {
        this.#step(machine, frame, line);
        assign(frame, i);
        const signal = body(frame);
        if (signal === undefined) continue;
        if (signal === BREAK) break;
        return signal;
      }
      return undefined;
    };
  }

  #forGeneric(node: luaparse.ForGenericStatement): Execute {
    const machine = this.#machine;
    const line = lineOf(node);
    const site: Site = { line, name: '(for generator)', isMethod: false };
    const values = this.#list(node.iterators);
    const [setters, body] = this.#scoped(() => {
      const assign = node.variables.map((variable) => this.#setter(this.#declare(variable, variable.name)));
      return [assign, this.#block(node.body)] as const;
    });
    return (frame) => {
      const [iterator, state, initial] = values(frame);
      let control = initial;
      for (;;) {
        this.#step(machine, frame, line);
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

  #functionStatement(node: luaparse.FunctionDeclaration): Execute {
    const { identifier } = node;
    if (identifier === null) throw new LuaError("'(' expected");
    if (node.isLocal && identifier.type === 'Identifier') {
      // The name is known inside.
      const variable = this.#declare(identifier, identifier.name);
      const make = this.#function(node);
      const { place } = variable;
      if (!variable.isBoxed) return (frame) => { frame.slots[place] = make(frame); return undefined; };
      return (frame) => {
        const box: Box = { value: undefined };
        frame.boxes[place] = box;
        box.value = make(frame);
        return undefined;
      };
    }
    const target = this.#target(identifier);
    const make = this.#function(node);
    return (frame) => { target(frame)(make(frame)); return undefined; };
  }

  #function(node: luaparse.FunctionDeclaration): Evaluate {
    const machine = this.#machine;
    const names = node.parameters.filter((parameter) => parameter.type === 'Identifier');
    const hasVarargs = names.length < node.parameters.length;
    const isMethod = node.identifier?.type === 'MemberExpression' && node.identifier.indexer === ':';
    const scope = new FunctionScope(this.#scope, hasVarargs);
    this.#scope = scope;
    const parameters = [
      ...(isMethod ? [this.#setter(this.#declare(node, 'self'))] : []),
      ...names.map((parameter) => this.#setter(this.#declare(parameter, parameter.name))),
    ];
    const count = parameters.length;
    const line = lineOf(node);
    const body = this.#statements(node.body);
    this.#scope = scope.parent as FunctionScope;
    const { sources } = scope;
    const name = this.#chunkName;
    return (frame) => {
      const upvalues = sources.map(({ isBox, place }) => (isBox ? frame.boxes[place] : frame.upvalues[place]) as Box);
      return new LuaClosure(machine, (args, caller, isTail) => {
        const inner = new Frame(caller, upvalues, isTail, name);
        machine.frame = inner;
        if (--machine.budget < 0) this.#step(machine, inner, line);
        for (let i = 0; i < count; i++) parameters[i]?.(inner, args[i]);
        if (hasVarargs) inner.varargs = args.slice(count);
        return body(inner);
      });
    };
  }

  #list(nodes: readonly Expression[], own = 0): EvaluateMany {
    const last = nodes.at(-1);
    if (last !== undefined && this.#isMany(last, nodes.length === 1 ? own : 0)) {
      const first = nodes.slice(0, -1).map((node) => this.#expression(node));
      const rest = this.#many(last);
      if (first.length === 0) return rest;
      return (frame) => {
        const values = first.map((value) => value(frame));
        for (const value of rest(frame)) values.push(value);
        return values;
      };
    }
    const [first, second, third, ...others] = nodes.map((node) => this.#expression(node));
    if (first === undefined) return () => [];
    if (second === undefined) return (frame) => [first(frame)];
    if (third === undefined) return (frame) => [first(frame), second(frame)];
    return (frame) => {
      const values = [first(frame), second(frame), third(frame)];
      for (let i = 0; i < others.length; i++) values.push((others[i] as Evaluate)(frame));
      return values;
    };
  }

  #many(node: Expression): EvaluateMany {
    if (node.type === 'VarargLiteral') return (frame) => [...frame.varargs];
    return this.#call(node);
  }

  #call(node: Expression, isTail = false): EvaluateMany {
    const machine = this.#machine;
    if (!isCall(node)) throw new LuaError('syntax error');
    const args = this.#list(
      node.type === 'CallExpression' ? node.arguments : node.type === 'TableCallExpression' ? [tableArgument(node)] : [node.argument], 1,
    );
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
      const object = this.#expression(base.base);
      const describe = `method '${name}'`;
      const describeBase = this.#describe(base.base);
      const site: Site = { line, name, isMethod: true };
      return (frame) => {
        const self = object(frame);
        const callee = machine.index(self, name, line, describeBase);
        const given = args(frame);
        given.unshift(self);
        return finish(frame, callee, given, site, describe);
      };
    }
    const callee = this.#expression(base);
    const describe = this.#describe(base);
    const site: Site = { line, name: /'(.*)'$/s.exec(describe)?.[1], isMethod: false };
    return (frame) => {
      const called = callee(frame);
      return finish(frame, called, args(frame), site, describe);
    };
  }

  #expression(node: Expression): Evaluate {
    switch (node.type) {
      case 'NilLiteral': return () => undefined;
      case 'BooleanLiteral': case 'NumericLiteral': case 'StringLiteral': return constant(node.value);
      case 'VarargLiteral': return (frame) => frame.varargs[0];
      case 'Identifier': return this.#variable(node);
      case 'FunctionDeclaration': return this.#function(node);
      case 'TableConstructorExpression': return this.#table(node);
      case 'MemberExpression': return this.#index(node, node.base, constant(node.identifier.name));
      case 'IndexExpression': return this.#index(node, node.base, this.#expression(node.index));
      case 'LogicalExpression': {
        const left = this.#expression(node.left);
        const right = this.#expression(node.right);
        if (node.operator === 'and') return (frame) => { const value = left(frame); return isTrue(value) ? right(frame) : value; };
        return (frame) => { const value = left(frame); return isTrue(value) ? value : right(frame); };
      }
      case 'UnaryExpression': return this.#unary(node);
      case 'BinaryExpression': return this.#binary(node);
      case 'CallExpression': case 'TableCallExpression': case 'StringCallExpression': {
        const call = this.#call(node);
        return (frame) => call(frame)[0];
      }
    }
  }

  #variable(node: luaparse.Identifier): Evaluate {
    const machine = this.#machine;
    const { globals } = machine;
    const { name } = node;
    const variable = this.#scope.find(name);
    if (variable === undefined) {
      const line = lineOf(node);
      return () => globals.get(name) ?? machine.index(globals, name, line, '');
    }
    const { place } = variable;
    if (variable.owner !== this.#scope) {
      this.#captured.add(variable.declaration);
      const upvalue = this.#scope.upvalue(variable);
      return (frame) => frame.upvalues[upvalue]?.value;
    }
    if (variable.isBoxed) return (frame) => frame.boxes[place]?.value;
    return (frame) => frame.slots[place];
  }

  #index(node: Expression, base: Expression, key: Evaluate): Evaluate {
    const machine = this.#machine;
    const object = this.#expression(base);
    const line = lineOf(node);
    const describe = this.#describe(base);
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

  #table(node: luaparse.TableConstructorExpression): Evaluate {
    const items: Evaluate[] = [];
    const pairs: { readonly key: Evaluate; readonly value: Evaluate; readonly line: number; readonly after: number }[] = [];
    let rest: EvaluateMany | undefined;
    node.fields.forEach((field, i) => {
      if (field.type === 'TableValue') {
        if (i === node.fields.length - 1 && this.#isMany(field.value)) rest = this.#many(field.value);
        else items.push(this.#expression(field.value));
        return;
      }
      const key = field.type === 'TableKeyString' ? constant(field.key.name) : this.#expression(field.key);
      pairs.push({ key, value: this.#expression(field.value), line: lineOf(field.value), after: items.length });
    });
    const machine = this.#machine;
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

  #unary(node: luaparse.UnaryExpression): Evaluate {
    const machine = this.#machine;
    const argument = this.#expression(node.argument);
    const line = node.argument.loc?.end.line ?? 0;
    const describe = this.#describe(node.argument);
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

  #binary(node: luaparse.BinaryExpression): Evaluate {
    const machine = this.#machine;
    const { operator } = node;
    const left = this.#expression(node.left);
    const right = this.#expression(node.right);
    const line = node.right.loc?.end.line ?? 0;
    const [a, b] = [this.#describe(node.left), this.#describe(node.right)];
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
  #isMany(node: Expression, own = 0): boolean {
    if (!isCall(node) && node.type !== 'VarargLiteral') return false;
    if (!('range' in node)) return true;
    let [from, to] = node.range as [number, number];
    for (let found = 0; ; found++) {
      while (/\s/.test(this.#source[from - 1] ?? '')) from--;
      while (/\s/.test(this.#source[to] ?? '')) to++;
      if (this.#source[--from] !== '(' || this.#source[to++] !== ')') return true;
      if (found >= own) return false;
    }
  }

  /** What an error calls the value of an expression, or nothing. */
  #describe(node: Expression): string {
    if (node.type === 'MemberExpression') return `field '${node.identifier.name}'`;
    if (node.type === 'IndexExpression') return `field '${node.index.type === 'StringLiteral' ? node.index.value : '?'}'`;
    // A constant that is true is compiled away.
    const isConstant = node.type === 'LogicalExpression' && node.operator === 'and' && (node.left.type === 'NumericLiteral' || node.left.type === 'StringLiteral');
    if (isConstant) return this.#describe(node.right);
    if (node.type !== 'Identifier') return '';
    const variable = this.#scope.find(node.name);
    if (variable === undefined) return `global '${node.name}'`;
    return variable.owner === this.#scope ? `local '${node.name}'` : `upvalue '${node.name}'`;
  }
}

function nameOf(value: LuaValue): string {
  return value === undefined ? 'nil' : value instanceof LuaFunction ? 'function' : typeof value === 'object' ? 'userdata' : typeof value;
}

function constant(value: LuaValue): Evaluate {
  return () => value;
}

function lineOf(node: Expression | Statement): number {
  return node.loc?.start.line ?? 0;
}

type CallNode = luaparse.CallExpression | luaparse.TableCallExpression | luaparse.StringCallExpression;

function isCall(node: Expression): node is CallNode {
  return node.type === 'CallExpression' || node.type === 'TableCallExpression' || node.type === 'StringCallExpression';
}

/** luaparse and its types disagree about the name of this. */
function tableArgument(node: luaparse.TableCallExpression): Expression {
  return 'argument' in node ? node.argument as Expression : node.arguments;
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

/**
 * Compiles a chunk.
 *
 * @throws {@link LuaError} with Lua's message when it is not Lua 5.1
 */
export function compile(machine: Machine, source: Bytes, chunkName: ChunkName): LuaFunction {
  let tree: luaparse.Chunk;
  try {
    tree = luaparse.parse(source, { luaVersion: '5.1', encodingMode: 'pseudo-latin1', locations: true, ranges: true, comments: false });
  } catch (error) {
    throw new LuaError(`${chunkName.name}:${syntaxError(error)}`);
  }
  const captured = new Set<object>();
  new Compiler(machine, captured, chunkName, source).chunk(tree);
  return new Compiler(machine, captured, chunkName, source).chunk(tree);
}

/** `line: message near 'token'` */
function syntaxError(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const match = /^\[(\d+):\d+\] (.*)$/s.exec(text);
  if (match === null) return `1: ${text}`;
  const [, line = '1', message = ''] = match;
  const words = message
    .replace(/^unexpected (?:symbol|keyword|identifier|number|boolean|string) '(.*)' near '.*'$/s, "unexpected symbol near '$1'")
    .replace(/^<expression> expected near/, 'unexpected symbol near')
    .replace(/^<(\w+)> expected/, "'<$1>' expected")
    .replace(/^unexpected symbol near '(end|else|elseif|until)'$/, "'<eof>' expected near '$1'")
    .replace(/^unfinished string near .*$/s, "unfinished string near '<eof>'");
  return `${line}: ${words}`;
}
