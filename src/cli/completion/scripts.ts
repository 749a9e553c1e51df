// Each script asks `daimon completion -- WORD…`, so that it never grows old: the first line of the answer
// says what the shell looks up itself, the others are candidates, with a tab before their meaning.

const BASH = String.raw`# bash completion for daimon
_daimon() {
  local program=$1 words=() word line kind typed value i
  program=\${program/#\~/$HOME}
  # Readline splits words at "=" and ":"; put them together again.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((\${#words[@]})) && [[ $word == [=:]* || \${COMP_WORDS[i - 1]} == [=:] ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  typed=\${words[-1]-}
  # What stands before the last "=" or ":" is on the line already.
  value=\${typed}
  [[ $typed == --*=* ]] && value=\${typed#*=}
  local done_=\${value%"\${value##*:}"}
  local lines=()
  mapfile -t lines < <("$program" completion -- "\${words[@]}" 2>/dev/null)
  kind=\${lines[0]-}
  COMPREPLY=()
  for line in "\${lines[@]:1}"; do
    line=\${line%%$'\t'*}
    [[ $line == "$value"* ]] && COMPREPLY+=("\${line#"$done_"}")
  done
  if [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *[:/] ]]; then compopt -o nospace; fi
  case $kind in
    file) compopt -o default ;;
    folder) compopt -o dirnames ;;
    user) mapfile -t COMPREPLY < <(compgen -u -- "$value") ;;
    group) mapfile -t COMPREPLY < <(compgen -g -- "$value") ;;
    entry)
      compopt -o default
      if [[ -n $value && $value != */* ]]; then
        mapfile -t COMPREPLY < <(
          compgen -f -- "$value"
          compgen -c -- "$value" | sort -u | while read -r word; do type -P -- "$word" >/dev/null && echo "$word"; done
        )
        compopt -o filenames
      fi
      ;;
  esac
}
complete -F _daimon daimon
`;

const ZSH = String.raw`#compdef daimon
# zsh completion for daimon
_daimon() {
  local -a lines candidates
  local line meaning kind program=\${~words[1]}
  lines=("\${(@f)$("$program" completion -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  kind=\${lines[1]}
  for line in "\${(@)lines[2,-1]}"; do
    # _describe wants "text:meaning", with the colons of the text escaped; it shows an empty meaning as "--".
    meaning=\${line#*$'\t'}
    candidates+=("\${\${line%%$'\t'*}//:/\\:}\${meaning:+:$meaning}")
  done
  [[ $PREFIX == --*=* ]] && compset -P '*='
  case $kind in
    file) _files ;;
    folder) _files -/ ;;
    user) _users ;;
    group) _groups ;;
    entry) _alternative 'files:file:_files' 'commands:program:_path_commands' ;;
    *) (( $#candidates )) && _describe -t daimon 'daimon' candidates ;;
  esac
}
if [[ $funcstack[1] == _daimon ]]; then _daimon "$@"; else compdef _daimon daimon; fi
`;

const FISH = String.raw`# fish completion for daimon
function __daimon_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($before[1] completion -- $before[2..-1] "$current" 2>/dev/null)
    # A candidate stands for the whole token, the option before "=" too.
    set -l option (string match -r -- '^--[^=]+=' "$current")
    set -l value (string replace -r -- '^--[^=]+=' '' "$current")
    for line in $lines[2..-1]
        echo "$option$line"
    end
    switch "$lines[1]"
        case file
            printf '%s\n' "$option"(__fish_complete_path "$value")
        case folder
            printf '%s\n' "$option"(__fish_complete_directories "$value")
        case user
            printf '%s\n' "$option"(__fish_complete_users)
        case group
            printf '%s\n' "$option"(__fish_complete_groups)
        case entry
            __fish_complete_path "$value"
            test -n "$value"; and __fish_complete_command
    end
end
complete -c daimon -f -a '(__daimon_complete)'
`;

// In a String.raw a "\${" keeps its backslash, which the shells must not see.
const plain = (script: string) => script.replaceAll('\\${', '${');

export const COMPLETION_SCRIPTS: Readonly<Record<string, string>> = {
  bash: plain(BASH),
  zsh: plain(ZSH),
  fish: plain(FISH),
};
