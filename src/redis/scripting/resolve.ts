/**
 * Where each variable of a chunk lives: a slot of its activation, or a box when an inner function keeps it; an inner function
 * reaches it through its upvalues. Refuses what luaparse lets through though Lua 5.1 has no such thing.
 *
 * @module
 */
import type luaparse from 'luaparse';
import { LuaError } from './lua-value.ts';

/** A function of the source, or the chunk itself. */
export type FunctionNode = luaparse.Chunk | luaparse.FunctionDeclaration;

/** A local variable. */
export interface Variable {
  readonly name: string;
  /** The function whose activation holds it. */
  readonly owner: FunctionLayout;
  /** An inner function keeps it. */
  isCaptured: boolean;
  /** Its number among slots, or among boxes. */
  place: number;
}

/** A mention of a local variable. */
export interface Use {
  readonly variable: Variable;
  /** Its number among the upvalues of the function that mentions it, where it belongs to an outer one. */
  readonly upvalue: number | undefined;
}

/** Where a new closure finds an upvalue: a box of the activation that makes it, or one of that activation's own upvalues. */
export interface UpvalueSource {
  readonly variable: Variable;
  readonly outer: number | undefined;
}

/** What is known of a function before it is compiled. */
export interface FunctionLayout {
  readonly parent: FunctionLayout | undefined;
  /** `self` first, where there is one. */
  readonly parameters: readonly Variable[];
  readonly hasVarargs: boolean;
  readonly sources: readonly UpvalueSource[];
  readonly variables: readonly Variable[];
}

/** What is known of a chunk. */
export interface Layout {
  /** By the identifier that mentions or declares; a global has none. */
  readonly uses: ReadonlyMap<object, Use>;
  readonly functions: ReadonlyMap<FunctionNode, FunctionLayout>;
  /** Some function assigns to a variable of an outer one: what it does may hang on earlier calls. */
  readonly assignsUpvalues: boolean;
}

class Scope implements FunctionLayout {
  readonly parent: Scope | undefined;
  readonly hasVarargs: boolean;
  readonly parameters: Variable[] = [];
  readonly sources: UpvalueSource[] = [];
  readonly variables: Variable[] = [];
  readonly blocks: Map<string, Variable>[] = [new Map()];
  readonly #upvalues = new Map<Variable, number>();

  constructor(parent: Scope | undefined, hasVarargs: boolean) {
    this.parent = parent;
    this.hasVarargs = hasVarargs;
  }

  declare(name: string): Variable {
    const variable: Variable = { name, owner: this, isCaptured: false, place: 0 };
    this.blocks.at(-1)?.set(name, variable);
    this.variables.push(variable);
    return variable;
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
    variable.isCaptured = true;
    this.sources.push({ variable, outer: variable.owner === this.parent ? undefined : this.parent?.upvalue(variable) });
    const place = this.sources.length - 1;
    this.#upvalues.set(variable, place);
    return place;
  }

  /** Numbers the variables, now that it is known which of them are kept. */
  close(): void {
    let [slots, boxes] = [0, 0];
    for (const variable of this.variables) variable.place = variable.isCaptured ? boxes++ : slots++;
  }
}

class Resolver {
  readonly uses = new Map<object, Use>();
  readonly functions = new Map<FunctionNode, FunctionLayout>();
  assignsUpvalues = false;
  #scope: Scope;

  constructor(chunk: luaparse.Chunk) {
    this.#scope = new Scope(undefined, true);
    this.functions.set(chunk, this.#scope);
    this.#statements(chunk.body);
    this.#scope.close();
  }

  #declare(node: object, name: string): Variable {
    const variable = this.#scope.declare(name);
    this.uses.set(node, { variable, upvalue: undefined });
    return variable;
  }

  #block(read: () => void): void {
    this.#scope.blocks.push(new Map());
    read();
    this.#scope.blocks.pop();
  }

  #statements(nodes: readonly luaparse.Statement[]): void {
    for (const node of nodes) this.#statement(node);
  }

  #statement(node: luaparse.Statement): void {
    switch (node.type) {
      case 'LocalStatement':
        this.#expressions(node.init);
        for (const variable of node.variables) this.#declare(variable, variable.name);
        return;
      case 'AssignmentStatement':
        for (const target of node.variables) this.#target(target);
        this.#expressions(node.init);
        return;
      case 'CallStatement':
        this.#expression(node.expression);
        return;
      case 'ReturnStatement':
        this.#expressions(node.arguments);
        return;
      case 'IfStatement':
        for (const clause of node.clauses) {
          if (clause.type !== 'ElseClause') this.#expression(clause.condition);
          this.#block(() => this.#statements(clause.body));
        }
        return;
      case 'WhileStatement':
        this.#expression(node.condition);
        this.#block(() => this.#statements(node.body));
        return;
      case 'RepeatStatement':
        // The condition sees the locals of the body.
        this.#block(() => {
          this.#statements(node.body);
          this.#expression(node.condition);
        });
        return;
      case 'ForNumericStatement':
        this.#expressions([node.start, node.end, ...(node.step === null ? [] : [node.step])]);
        this.#block(() => {
          this.#declare(node.variable, node.variable.name);
          this.#block(() => this.#statements(node.body));
        });
        return;
      case 'ForGenericStatement':
        this.#expressions(node.iterators);
        this.#block(() => {
          for (const variable of node.variables) this.#declare(variable, variable.name);
          this.#block(() => this.#statements(node.body));
        });
        return;
      case 'DoStatement':
        this.#block(() => this.#statements(node.body));
        return;
      case 'BreakStatement':
        return;
      case 'FunctionDeclaration':
        // The name of a local function is known inside.
        if (node.isLocal && node.identifier?.type === 'Identifier') this.#declare(node.identifier, node.identifier.name);
        else if (node.identifier !== null) this.#target(node.identifier);
        this.#function(node);
        return;
      case 'LabelStatement': case 'GotoStatement':
        throw new LuaError(`'=' expected near '${node.label.name}'`);
    }
  }

  #target(node: luaparse.Expression): void {
    if (node.type === 'Identifier') {
      this.#mention(node);
      if (this.uses.get(node)?.upvalue !== undefined) this.assignsUpvalues = true;
    } else if (node.type === 'MemberExpression' || node.type === 'IndexExpression') {
      this.#expression(node);
    } else {
      throw new LuaError(`syntax error near '='`);
    }
  }

  #mention(node: luaparse.Identifier): void {
    const variable = this.#scope.find(node.name);
    if (variable === undefined) return;
    this.uses.set(node, { variable, upvalue: variable.owner === this.#scope ? undefined : this.#scope.upvalue(variable) });
  }

  #function(node: luaparse.FunctionDeclaration): void {
    const names = node.parameters.filter((parameter) => parameter.type === 'Identifier');
    const scope = new Scope(this.#scope, names.length < node.parameters.length);
    this.functions.set(node, scope);
    this.#scope = scope;
    const isMethod = node.identifier?.type === 'MemberExpression' && node.identifier.indexer === ':';
    if (isMethod) scope.parameters.push(this.#declare(node, 'self'));
    for (const name of names) scope.parameters.push(this.#declare(name, name.name));
    this.#statements(node.body);
    scope.close();
    this.#scope = scope.parent as Scope;
  }

  #expressions(nodes: readonly luaparse.Expression[]): void {
    for (const node of nodes) this.#expression(node);
  }

  #expression(node: luaparse.Expression): void {
    switch (node.type) {
      case 'NilLiteral': case 'BooleanLiteral': case 'NumericLiteral': case 'StringLiteral': case 'VarargLiteral':
        return;
      case 'Identifier':
        this.#mention(node);
        return;
      case 'FunctionDeclaration':
        this.#function(node);
        return;
      case 'TableConstructorExpression':
        for (const field of node.fields) {
          if (field.type === 'TableKey') this.#expression(field.key);
          this.#expression(field.value);
        }
        return;
      case 'MemberExpression':
        this.#expression(node.base);
        return;
      case 'IndexExpression':
        this.#expressions([node.base, node.index]);
        return;
      case 'UnaryExpression':
        if (node.operator === '~') throw new LuaError("unexpected symbol near '~'");
        this.#expression(node.argument);
        return;
      case 'LogicalExpression':
        this.#expressions([node.left, node.right]);
        return;
      case 'BinaryExpression':
        if (['//', '&', '|', '~', '<<', '>>'].includes(node.operator)) throw new LuaError(`unexpected symbol near '${node.operator}'`);
        this.#expressions([node.left, node.right]);
        return;
      case 'CallExpression':
        this.#expressions([node.base, ...node.arguments]);
        return;
      case 'TableCallExpression':
        this.#expressions([node.base, tableArgument(node)]);
        return;
      case 'StringCallExpression':
        this.#expression(node.base);
    }
  }
}

/** luaparse and its types disagree about the name of this. */
export function tableArgument(node: luaparse.TableCallExpression): luaparse.Expression {
  return 'argument' in node ? node.argument as luaparse.Expression : node.arguments;
}

/**
 * Finds the places of all variables.
 *
 * @throws {@link LuaError} at what is not Lua 5.1
 */
export function resolve(chunk: luaparse.Chunk): Layout {
  return new Resolver(chunk);
}
