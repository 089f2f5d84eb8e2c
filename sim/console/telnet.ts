/** Commands and options of Telnet (RFC 854, RFC 857, RFC 858). */
export const enum Telnet {
  iac = 255,
  dont = 254,
  doIt = 253,
  wont = 252,
  will = 251,
  sub = 250,
  interrupt = 244,
  subEnd = 240,
  echo = 1,
  suppressGoAhead = 3,
}

const CTRL_C = 0x03;

/** What makes a Telnet client send each key by itself, without showing it; others see six odd characters. */
export const TELNET_OFFER = Uint8Array.of(
  Telnet.iac,
  Telnet.will,
  Telnet.echo,
  Telnet.iac,
  Telnet.will,
  Telnet.suppressGoAhead,
);

const enum Expecting {
  data,
  command,
  option,
  sub,
  subCommand,
}

/** Takes the commands of Telnet out of what a client sends, in any pieces. */
export class TelnetFilter {
  /** True once the client has sent a command, so it is one that knows Telnet. */
  isTelnet = false;
  private expecting = Expecting.data;
  private command = 0;
  private readonly answer: (bytes: Uint8Array) => void;

  /** `answer` sends the refusals of options that the client offers or asks for. */
  constructor(answer: (bytes: Uint8Array) => void) {
    this.answer = answer;
  }

  /** What is left of `bytes`; an interrupt is Ctrl-C. A NUL after a return (RFC 854) is taken out with all others. */
  take(bytes: Uint8Array): Uint8Array {
    const data: number[] = [];
    for (const byte of bytes) this.takeByte(byte, data);
    return Uint8Array.from(data);
  }

  private takeByte(byte: number, data: number[]): void {
    switch (this.expecting) {
      case Expecting.data:
        if (byte === Telnet.iac) this.expecting = Expecting.command;
        else if (byte !== 0) data.push(byte);
        return;
      case Expecting.command:
        this.isTelnet ||= byte !== Telnet.iac;
        this.expecting = Expecting.data;
        if (byte === Telnet.iac) data.push(byte);
        else if (byte === Telnet.interrupt) data.push(CTRL_C);
        else if (byte === Telnet.sub) this.expecting = Expecting.sub;
        else if (byte >= Telnet.will) {
          this.command = byte;
          this.expecting = Expecting.option;
        }
        return;
      case Expecting.option:
        this.expecting = Expecting.data;
        this.refuse(byte);
        return;
      case Expecting.sub:
        if (byte === Telnet.iac) this.expecting = Expecting.subCommand;
        return;
      case Expecting.subCommand:
        this.expecting = byte === Telnet.subEnd ? Expecting.data : Expecting.sub;
    }
  }

  private refuse(option: number): void {
    const offered = option === Telnet.echo || option === Telnet.suppressGoAhead;
    if (this.command === Telnet.will) this.answer(Uint8Array.of(Telnet.iac, Telnet.dont, option));
    else if (this.command === Telnet.doIt && !offered) this.answer(Uint8Array.of(Telnet.iac, Telnet.wont, option));
  }
}
