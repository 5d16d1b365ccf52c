# SPDX-License-Identifier: GPL-2.0
#
# usage: zsh -f complete.zsh FOLDER LINE
#
# Prints what zsh offers where LINE ends on its command line, with the completion in FOLDER: a word
# a line, without what is there already. It is typed into another zsh, on a terminal of its own.

zmodload zsh/zpty
offered=$(mktemp)
zpty -b shell TERM=dumb zsh -f -i

type() {
	zpty -w shell "$1"
}

type "PS1= fpath=(${(q)1} \$fpath) OFFERED=${(q)offered}; autoload -U compinit; compinit -D -u"
# who completes asks this one by options for what it keeps to itself
type 'compadd() {
	local -a kept_by_it
	builtin compadd "$@"; local added=$?
	if [[ " $* " != *" "-[OAD]* ]]; then
		builtin compadd -O kept_by_it "$@"
		(( ! $#kept_by_it )) || print -rl -- $kept_by_it >>$OFFERED
	fi
	return added
}'
type 'offer() { _main_complete; compstate[insert]= compstate[list]= }; zle -C offer complete-word offer'
type 'finish() { print END >>$OFFERED }; zle -N finish; bindkey "^I" offer; bindkey "^X" finish'
zpty -w -n shell "$2"$'\t\x18'
for (( tries = 0; tries < 600; tries++ )) {
	[[ $(tail -n 1 $offered) != END ]] || break
	sleep 0.1
}
zpty -d shell
sed '/^END$/d' $offered
rm $offered
