import { Argument, type Command } from 'commander';
import type { Output } from './output.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What may follow after a command: its subcommands and its long options. `path` is its name behind those of its groups. */
export type Offer = Readonly<{ path: string; words: readonly string[] }>;

/** `kustodia completion bash | zsh | fish`: a script that the shell sources, made of the commands themselves. */
export function completionCommand(program: Command, { out }: Pick<Output, 'out'>): void {
  program
    .command('completion')
    .description('a script by which a shell completes these commands: source <(kustodia completion bash)')
    .addArgument(new Argument('<shell>', 'which shell').choices([...SHELLS]))
    .action((shell: Shell) => out(SCRIPTS[shell](offersOf(program))));
}

/** Every command of the tree, beginning with the program itself, whose path is empty. */
export function offersOf(program: Command): Offer[] {
  const help = program.createHelp();
  const below = (command: Command, path: string): Offer[] => {
    const subcommands = help.visibleCommands(command).filter((one) => one.name() !== 'help');
    const options = help.visibleOptions(command).flatMap(({ long }) => long ?? []);
    return [
      { path, words: [...subcommands.map((one) => one.name()), ...options] },
      ...subcommands.flatMap((one) => below(one, `${path} ${one.name()}`.trim())),
    ];
  };
  return below(program, '');
}

/** The path as a script gathers it, word after word: with a space before each. */
const place = ({ path }: Offer): string => (path === '' ? `''` : `' ${path}'`);
const known = (offers: readonly Offer[], between: string): string =>
  offers
    .filter(({ path }) => path !== '')
    .map(place)
    .join(between);
const cases = (offers: readonly Offer[], line: (words: string) => string): string =>
  offers.map((offer) => `    ${place(offer)}) ${line(offer.words.join(' '))} ;;`).join('\n');

/** What is no command's name, as an id or the value of an option, leaves the place as it is. */
const SCRIPTS: Readonly<Record<Shell, (offers: readonly Offer[]) => string>> = {
  bash: (offers) => `_kustodia() {
  local at='' word offered=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
      ${known(offers, '|')}) at="$at $word" ;;
    esac
  done
  case "$at" in
${cases(offers, (words) => `offered='${words}'`)}
  esac
  COMPREPLY=($(compgen -W "$offered" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _kustodia kustodia`,
  zsh: (offers) => `#compdef kustodia
_kustodia() {
  local at='' word
  local -a offered
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      (${known(offers, '|')}) at="$at $word" ;;
    esac
  done
  case "$at" in
${cases(offers, (words) => `offered=(${words})`)}
  esac
  compadd -- $offered || _files
}
compdef _kustodia kustodia`,
  fish: (offers) => `function __kustodia_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    switch "$at $word"
      case ${known(offers, ' ')}
        set at "$at $word"
    end
  end
  test "$at" = "$argv[1]"
end
${offers
  .map((offer) => `complete -c kustodia -n "__kustodia_at ${place(offer)}" -a '${offer.words.join(' ')}'`)
  .join('\n')}`,
};
