/** A program made for inlining, and which of its methods are private. */
export interface Program {
  code: string;
  privates: string[];
}

const FUNCTIONS = 6;
const METHODS = 4;
const DEPTH = 3;
/** Loops, and functions that are called at two places. */
const MOST = 3;

/**
 * Makes a program of numbers that choose. Its functions and methods call those before them, mostly at one place, in
 * every form that a call can have. They log, assign variables of their own and one of the module, loop, throw, catch.
 * The methods of one class have names of their own, and are called on this object, another one, or one that is looked
 * for first.
 */
export function programFrom(choices: readonly number[]): Program {
  return new Writer(choices).program();
}

class Writer {
  private at = 0;
  private names = 0;
  private depth = 0;
  private callable: string[] = [];
  private methods: string[] = [];
  private ofOthers: string[] = [];
  private scopes: string[][] = [[]];
  private isMethod = false;
  private isLoop = false;
  private loops = 0;
  private again = 0;

  constructor(private readonly choices: readonly number[]) {}

  program(): Program {
    const functions: string[] = [];
    for (let i = 0; i < FUNCTIONS; i++) {
      functions.push(`function f${i}${this.functionText()}`);
      this.callable.push(`f${i}`);
    }
    this.isMethod = true;
    const others: string[] = [];
    for (let i = 0; i < METHODS; i++) {
      others.push(`p${i}$$Other${this.functionText()}`);
      this.methods.push(`p${i}$$Other`);
    }
    this.ofOthers = this.methods;
    this.methods = [];
    const methods: string[] = [];
    for (let i = 0; i < METHODS; i++) {
      methods.push(`m${i}${this.functionText()}`);
      this.methods.push(`m${i}`);
    }
    const body = this.functionText();
    this.isMethod = false;
    const code = `let top = 1; const fixed = 3;\n${functions.join('\n')}
class Other { n = 7; get half$$Other() { return this.n >> 1; }\n${others.join('\n')}}
const other = new Other(); const find = () => { log('find'); return top % 2 ? other : new Other(); };
class C { n = 2; other = new Other(); get half() { return -this.n; }\n${methods.join('\n')}\nstart${body} }
export function run() { const c = new C(); const r = c.start(1, 2);
  return [r, top, c.n, c.half, other.n]; }`;
    return { code, privates: Array.from({ length: METHODS }, (_, i) => `m${i}`) };
  }

  private functionText(): string {
    const params = ['a', 'b'].map((name) => `${name}${this.names++}`);
    this.scopes = [params];
    return `(${params.join(', ')}) { ${this.statements(4)} }`;
  }

  private pick(count: number): number {
    return (this.choices[this.at++ % this.choices.length] ?? 0) % count;
  }

  private statements(most: number): string {
    this.scopes.push([]);
    this.depth++;
    const list = Array.from({ length: 1 + this.pick(most) }, () => this.statement());
    this.depth--;
    this.scopes.pop();
    return list.join(' ');
  }

  private block(): string {
    return `{ ${this.statements(3)} }`;
  }

  private statement(): string {
    const isDeep = this.depth > DEPTH;
    // Not more, since they call one another.
    const chosen = this.pick(isDeep ? 7 : 14);
    switch ((chosen === 10 || chosen === 11) && ++this.loops > MOST ? 0 : chosen) {
      case 0:
        return `log(${this.expression()});`;
      case 1: {
        const isPattern = this.pick(4) === 0;
        const text = isPattern ? this.receiver() : this.expression();
        const name = `v${this.names++}`;
        this.scopes.at(-1)!.push(name);
        return `let ${isPattern ? `{ n: ${name} }` : name} = ${text};`;
      }
      case 2:
        return `${this.target()} ${['=', '=', '+='][this.pick(3)]!} ${this.expression()};`;
      case 3:
        return `return ${this.expression()};`;
      case 4:
        return `${this.call()};`;
      case 5:
        return this.isLoop ? ['break;', 'continue;'][this.pick(2)]! : 'return;';
      case 6:
        return `top++;`;
      case 7:
      case 8:
        return `if (${this.condition()}) ${this.block()}${this.pick(2) ? ` else ${this.block()}` : ''}`;
      case 9:
        return `if (${this.pick(2) ? '!' : ''}${this.call()}) ${this.pick(2) ? 'return 1;' : this.block()}`;
      case 10: {
        const name = `i${this.names++}`;
        return `for (let ${name} = 0; ${name} < 2; ${name}++) ${this.inLoop(name)}`;
      }
      case 11: {
        const name = `w${this.names++}`;
        return `let ${name} = 0; while (${name} < 2 && ${this.condition()}) { ${name}++; ${this.inLoop(name)} }`;
      }
      case 12:
        return `switch (${this.expression()}) { case 1: ${this.block()} case 2: ${this.block()} break;
          default: log(9); }`;
      default:
        return `try { ${this.statements(2)} if (${this.condition()}) throw new Error();
          } catch { ${this.statements(1)} }${this.pick(2) ? ` finally { log(${this.simple()}); }` : ''}`;
    }
  }

  private inLoop(name: string): string {
    const before = this.isLoop;
    this.isLoop = true;
    this.scopes.push([name]);
    const text = this.block();
    this.scopes.pop();
    this.isLoop = before;
    return text;
  }

  private variable(): string {
    const names = [...this.scopes.flat(), 'fixed', 'top'];
    return names[this.pick(names.length)]!;
  }

  private target(): string {
    const names = this.scopes.flat().filter((name) => !/^[iw]/.test(name));
    const chosen = this.pick(names.length + 2);
    return names[chosen] ?? (this.isMethod && chosen === names.length ? 'this.n' : 'top');
  }

  private condition(): string {
    const first = `${this.simple()} ${['<', '===', '>'][this.pick(3)]!} ${this.simple()}`;
    switch (this.pick(4)) {
      case 0:
        return `${first} && ${this.call()}`;
      case 1:
        return `${first} || ${this.call()}`;
      default:
        return first;
    }
  }

  private simple(): string {
    return this.pick(2) ? this.variable() : String(this.pick(4));
  }

  /** Of what does not change by itself. */
  private sum(): string {
    return this.pick(2) ? `-${this.simple()}` : `${this.simple()} + ${this.simple()}`;
  }

  private expression(): string {
    switch (this.pick(10)) {
      case 9:
        return `${this.receiver()}.half$$Other + ${this.simple()}`;
      case 0:
      case 1:
        return this.call();
      case 2:
        return `${this.simple()} + ${this.call()}`;
      case 3:
        return `log(${this.simple()})`;
      case 4:
        return `(${this.condition()}) ? ${this.call()} : ${this.simple()}`;
      case 5:
        return `(${this.target()} = ${this.simple()})`;
      case 6:
        return this.isMethod ? 'this.n' : 'top';
      case 7:
        return `${this.call()} + ${this.call()}`;
      default:
        return this.simple();
    }
  }

  /** Each is called once, as long as there are some. */
  private call(): string {
    const isOwn = this.isMethod && this.methods.length > 0 && this.pick(2) === 0;
    const isOther = !isOwn && this.ofOthers.length > 0 && this.pick(2) === 0;
    const list = isOwn ? this.methods : isOther ? this.ofOthers : this.callable;
    const at = this.pick(list.length || 1);
    const name = list[at];
    if (name === undefined) return `log(${this.simple()})`;
    if (this.pick(8) > 0 || this.again++ >= MOST) list.splice(at, 1);
    const text = (): string => [this.simple(), this.sum(), `log(${this.simple()})`][this.pick(3)]!;
    return `${isOwn ? 'this.' : isOther ? `${this.receiver()}.` : ''}${name}(${text()}, ${text()})`;
  }

  /** The methods of `Other` come before those of `C`, which alone has another object. */
  private receiver(): string {
    const hasOther = this.isMethod && this.ofOthers.length > 0;
    return ['other', 'find()', hasOther ? 'this.other' : 'other'][this.pick(3)]!;
  }
}
