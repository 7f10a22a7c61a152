// millrace completion: a script for a shell, made from the commands as they are, so that a command that is
// new is completed as well. Commands and options are offered; where neither fits, names of files.

import { Argument, type Command } from 'commander'
import { printLine } from './print.ts'

export type Shell = 'bash' | 'zsh' | 'fish'

/** One place in a command line: after these commands, these words can come. */
export interface Place {
  /** `/tasks/move`; empty at the beginning. */
  readonly path: string
  readonly commands: readonly Word[]
  readonly options: readonly Word[]
}

interface Word {
  readonly word: string
  readonly what: string
}

const EXAMPLES = `
Examples:
  eval "$(millrace completion bash)"             in ~/.bashrc
  eval "$(millrace completion zsh)"              in ~/.zshrc, after compinit
  millrace completion fish > ~/.config/fish/completions/millrace.fish`

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'which one').choices(['bash', 'zsh', 'fish']))
    .description('a script that lets a shell complete commands and options')
    .addHelpText('after', EXAMPLES)
    .action((shell: Shell) => printLine(completion(program, shell)))
}

export function completion(program: Command, shell: Shell): string {
  const places = placesOf(program)
  const taking = [...new Set(takingValues(program))].sort()
  return shell === 'fish' ? fish(places, taking) : posix(places, taking, shell)
}

/** Where a command line can be, the beginning first. */
export function placesOf(command: Command, path = ''): readonly Place[] {
  const parts = command.commands
  // What stands for a command without a word of its own takes its options there.
  const name = '_defaultCommandName' in command ? command._defaultCommandName : null
  const stand = parts.filter((part) => part.name() === name)
  const options = [command, ...stand].flatMap((part) => optionsOf(part))
  const place = {
    path,
    commands: parts.flatMap((part) =>
      wordsOf(part).map((word) => ({ word, what: part.description() })),
    ),
    options: [...options, { word: '--help', what: 'what it does' }],
  }
  const inside = parts.flatMap((part) =>
    wordsOf(part).flatMap((word) => placesOf(part, `${path}/${word}`)),
  )
  return [place, ...inside]
}

const wordsOf = (command: Command): readonly string[] => [command.name(), ...command.aliases()]

const optionsOf = (command: Command): readonly Word[] =>
  command.options.flatMap(({ long, description }) =>
    long ? [{ word: long, what: description }] : [],
  )

/** Options whose value is the next word. */
function takingValues(command: Command): readonly string[] {
  const own = command.options.filter(({ required }) => required)
  return [
    ...own.flatMap(({ long, short }) => [long, short].filter((it) => typeof it === 'string')),
    ...command.commands.flatMap((part) => takingValues(part)),
  ]
}

/** Bash, and zsh, whose words are counted from 1 and which offers in its own way. */
function posix(places: readonly Place[], taking: readonly string[], shell: 'bash' | 'zsh'): string {
  const [head, list, at, offer, end] = shell === 'bash' ? BASH : ZSH
  const known = places.flatMap(({ path }) => (path === '' ? [] : [path]))
  return [
    ...head,
    ...[`  for ((i = ${at.first}; i < ${at.current}; i++)); do`, `    word="\${${list}[i]}"`],
    ...['    case "$word" in', `      ${taking.join('|')}) ((i++)); continue ;;`, '    esac'],
    ...['    case "$at/$word" in', `      ${known.join('|')}) at="$at/$word" ;;`, '    esac'],
    '  done',
    // It is the value of an option.
    `  ((i > ${at.current})) && ${end}`,
    '  case "$at" in',
    ...places.map(({ path, commands, options }) => {
      const all = [...commands, ...options].map(({ word }) => word)
      return `    '${path}') found="${[...new Set(all)].join(' ')}" ;;`
    }),
    '  esac',
    ...offer,
  ].join('\n')
}

type Dialect = readonly [
  head: readonly string[],
  list: string,
  at: { readonly first: number; readonly current: string },
  offer: readonly string[],
  end: string,
]

const LOCALS = '  local at="" found="" word i'

const BASH_WORDS = 'COMP_WORDS'

const BASH: Dialect = [
  ['_millrace() {', '  COMPREPLY=()', LOCALS],
  BASH_WORDS,
  { first: 1, current: 'COMP_CWORD' },
  [
    `  COMPREPLY=($(compgen -W "$found" -- "\${${BASH_WORDS}[COMP_CWORD]}"))`,
    ...['}', 'complete -o default -F _millrace millrace'],
  ],
  'return 0',
]

const ZSH: Dialect = [
  ['#compdef millrace', '_millrace() {', LOCALS],
  'words',
  { first: 2, current: 'CURRENT' },
  [
    '  compadd -- $(echo $found) || _files',
    '}',
    // Read by eval it says so itself; in a folder of functions it is called.
    'if [ "$funcstack[1]" = "_millrace" ]; then _millrace "$@"; else compdef _millrace millrace; fi',
  ],
  '{ _files; return; }',
]

function fish(places: readonly Place[], taking: readonly string[]): string {
  const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`
  const known = places.flatMap(({ path }) => (path === '' ? [] : [path]))
  return [
    'function __millrace_at',
    '  set -l at ""',
    '  set -l skip 0',
    '  for word in (commandline -opc)[2..-1]',
    '    if test $skip = 1; set skip 0; continue; end',
    `    if contains -- $word ${taking.join(' ')}; set skip 1; continue; end`,
    `    if contains -- "$at/$word" ${known.join(' ')}; set at "$at/$word"; end`,
    '  end',
    // Else it is the value of an option, and left to names of files.
    '  test $skip = 0; and test "$at" = "$argv[1]"',
    'end',
    ...places.flatMap(({ path, commands, options }) => {
      const here = `complete -c millrace -n ${quoted(`__millrace_at "${path}"`)}`
      return [
        ...commands.map(({ word, what }) => `${here} -f -a ${quoted(word)} -d ${quoted(what)}`),
        ...options.map(({ word, what }) => `${here} -l ${word.slice(2)} -d ${quoted(what)}`),
      ]
    }),
  ].join('\n')
}
