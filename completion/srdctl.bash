# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Completion of srdctl for bash, for share/bash-completion/completions/srdctl.
#
# What there is to say is asked of `srdctl help VERB`, which needs neither root nor the module, so
# that it is written once. Only the words that help has in sentences are here; the tests hold them
# to what srdctl takes. Nothing that a disk is called is ever given to the shell to expand.

_srdctl_formats=(raw zstd)
_srdctl_policies=(none all subset prefix)
_srdctl_orders=(name iops bytes latency used)
_srdctl_events=(created removed resized limit room error fault power-cut power-on snapshot rollback
	reset)
_srdctl_ops=(read write discard write-zeroes secure-erase flush)
_srdctl_errors=(EIO ENOSPC ENOMEM ETIMEDOUT medium protection target transport reservation offline)

# _srdctl_ask ARGUMENT...: srdctl as it is called on the command line, or where root has it
_srdctl_ask() {
	PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin LC_ALL=C "$_srdctl_tool" "$@" 2>/dev/null </dev/null
}

# _srdctl_section HEAD: the lines of the help on stdin below the one that begins so
_srdctl_section() {
	local line inside=

	while IFS= read -r line; do
		[[ $line == ' '* ]] || inside=
		[[ -z $inside ]] || printf '%s\n' "$line"
		[[ $line != "$1"* ]] || inside=y
	done
}

# _srdctl_verbs: the verbs, with help
_srdctl_verbs() {
	local verb rest

	while read -r verb rest; do
		printf '%s\n' "$verb"
	done < <(_srdctl_ask --help | _srdctl_section Verbs:)
}

# _srdctl_options VERB: a line each: --long -s VALUE, the last two - where it has none
_srdctl_options() {
	local line

	while IFS= read -r line; do
		[[ $line =~ ^' '+(-([A-Za-z]),' ')?(--[a-z-]+)(' '([^ ]+))?(' ' |$) ]] || continue
		printf '%s %s %s\n' "${BASH_REMATCH[3]}" "-${BASH_REMATCH[2]}" "${BASH_REMATCH[5]:--}"
	done < <(_srdctl_ask help "$1" | _srdctl_section Options:)
}

# _srdctl_value VERB OPTION: what the option's value is called; false when it takes none
_srdctl_value() {
	local long short value

	while read -r long short value; do
		if [[ $2 == "$long" || $2 == "$short" ]] && [[ $value != - ]]; then
			printf '%s\n' "$value"
			return 0
		fi
	done < <(_srdctl_options "$1")
	return 1
}

# _srdctl_columns VERB
_srdctl_columns() {
	local line

	while IFS= read -r line; do
		[[ $line =~ ^' '[*' ']' '([A-Z0-9:/-]+) ]] && printf '%s\n' "${BASH_REMATCH[1]}"
	done < <(_srdctl_ask help "$1" | _srdctl_section Columns)
}

# _srdctl_keys VERB HEAD: the words of a section at the line's start, with = where a value follows
_srdctl_keys() {
	local line

	while IFS= read -r line; do
		[[ $line =~ ^' '([a-z-]+)(=|\[=|' ' |$) ]] || continue
		case ${BASH_REMATCH[2]} in
		=) printf '%s=\n' "${BASH_REMATCH[1]}" ;;
		*) printf '%s\n' "${BASH_REMATCH[1]}" ;;
		esac
		[[ ${BASH_REMATCH[1]} != latency ]] || printf '%s-latency=\n' "${_srdctl_ops[@]}"
	done < <(_srdctl_ask help "$1" | _srdctl_section "$2")
}

# _srdctl_alternatives VALUE: those of "one|other"
_srdctl_alternatives() {
	[[ $1 != *'|'* ]] || tr '|' '\n' <<<"$1" | grep '^[a-z]*$'
}

# _srdctl_key_value VERB KEY: what may follow KEY=
_srdctl_key_value() {
	local pair rest

	case $2 in
	op) printf '%s\n' "${_srdctl_ops[@]}" all ;;
	error) printf '%s\n' "${_srdctl_errors[@]}" ;;
	latency | *-latency) _srdctl_keys "$1" Models: ;;
	*)
		while read -r pair rest; do
			[[ $pair != "$2="* ]] || _srdctl_alternatives "${pair#*=}"
		done < <(_srdctl_ask help "$1" | _srdctl_section Keys:)
		;;
	esac
}

# _srdctl_disks: names and labels; a backslash is how a byte is written that no field can have
_srdctl_disks() {
	local name label

	while read -r name label; do
		printf '%s\n' "$name"
		[[ -z $label ]] || printf '%b\n' "$label"
	done < <(_srdctl_ask list --raw --noheadings --output name,label)
}

# _srdctl_offer: lines of stdin, behind $lead, that begin as $cur does become replies. Readline
# replaces only what is behind the last = or :, where these part words.
_srdctl_offer() {
	local word skip=

	[[ $COMP_WORDBREAKS != *=* || $cur != *=* ]] || skip=${cur%"${cur##*=}"}
	[[ $COMP_WORDBREAKS != *:* || ${cur#"$skip"} != *:* ]] || skip=${cur%"${cur##*:}"}
	while IFS= read -r word; do
		word=$lead$word
		[[ $word == "$cur"* ]] || continue
		word=${word#"$skip"}
		[[ $word != *[!A-Za-z0-9_.,:=+/@%-]* ]] || printf -v word '%q' "$word"
		COMPREPLY+=("$word")
	done
	[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
}

# _srdctl_offer_list: the same for the next one of a list such as $cur behind $lead
_srdctl_offer_list() {
	local start=${cur#"$lead"} word given

	case $start in
	*,*) start=${start%,*}, ;;
	+*) start=+ ;;
	*) start= ;;
	esac
	given=,${start#+},
	lead+=$start
	compopt -o nospace 2>/dev/null
	_srdctl_offer < <(while IFS= read -r word; do
		[[ ${cur##*[,+]} != [a-z]* ]] || word=${word,,}
		[[ ${given,,} == *",${word,,},"* ]] || printf '%s\n' "$word"
	done)
}

_srdctl_offer_files() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

# _srdctl_offer_value VERB NAME: of an option whose value is called NAME
_srdctl_offer_value() {
	case $2 in
	LIST) _srdctl_offer_list < <(_srdctl_columns "$1") ;;
	EVENT*) _srdctl_offer_list < <(printf '%s\n' "${_srdctl_events[@]}") ;;
	DEV | SNAPSHOT) _srdctl_offer < <(_srdctl_disks) ;;
	FILE) _srdctl_offer_files ;;
	FORMAT) _srdctl_offer < <(printf '%s\n' "${_srdctl_formats[@]}") ;;
	POLICY) _srdctl_offer < <(printf '%s\n' "${_srdctl_policies[@]}") ;;
	ORDER) _srdctl_offer < <(printf '%s\n' "${_srdctl_orders[@]}") ;;
	*) _srdctl_offer < <(_srdctl_alternatives "$2") ;;
	esac
}

# _srdctl_offer_pair VERB HEAD...: of KEY=VALUE, whose keys are in the sections with these heads
_srdctl_offer_pair() {
	local verb=$1 head
	shift

	lead=${cur%"${cur#*=}"}
	case $cur in
	op=*) _srdctl_offer_list < <(_srdctl_key_value "$verb" op) ;;
	*=*) _srdctl_offer < <(_srdctl_key_value "$verb" "${lead%=}") ;;
	*)
		_srdctl_offer < <(for head; do
			_srdctl_keys "$verb" "$head"
		done)
		;;
	esac
}

# _srdctl_offer_operand VERB OPERAND...: the one after those that were given
_srdctl_offer_operand() {
	local verb=$1 count=$(($# - 1)) head usage
	shift

	case $verb$count in
	help0 | fault0 | restore0) ;;
	help* | restore*) return ;;
	*0)
		read -r _ usage < <(_srdctl_ask help "$verb")
		[[ $usage != *DEV* ]] || _srdctl_offer < <(_srdctl_disks)
		return
		;;
	esac
	case $verb$count in
	help0) _srdctl_offer < <(_srdctl_verbs) ;;
	save1 | restore0) _srdctl_offer_files ;;
	window1) _srdctl_offer < <(printf '%s\n' on off) ;;
	set*) _srdctl_offer_pair set Keys: ;;
	fault0) _srdctl_offer < <(printf '%s\n' add list remove clear) ;;
	fault*)
		case $1$count in
		add1 | remove1 | list* | clear*) _srdctl_offer < <(_srdctl_disks) ;;
		add*) _srdctl_offer_pair fault "A rule does" "to some requests" ;;
		remove*) _srdctl_offer < <(_srdctl_ask fault list --raw --noheadings -o ID "$2") ;;
		esac
		;;
	*)
		read -r _ usage < <(_srdctl_ask help "$verb")
		[[ $usage != *DEV...* ]] || _srdctl_offer < <(_srdctl_disks)
		;;
	esac
}

# _srdctl_offer_option VERB
_srdctl_offer_option() {
	local long rest

	_srdctl_offer < <(while read -r long rest; do
		printf '%s\n' "$long"
	done < <(_srdctl_options "$1"))
}

_srdctl() {
	local _srdctl_tool=${1/#\~/$HOME} cur lead='' verb='' word value
	local -a words operands=()

	COMPREPLY=()
	# words as they are typed, whether or not = and : part them for readline
	# shellcheck disable=SC2162 # backslashes are the user's
	read -a words <<<"${COMP_LINE:0:COMP_POINT}"
	[[ ${COMP_LINE:0:COMP_POINT} != *[[:space:]] ]] || words+=('')
	cur=${words[-1]}
	unset 'words[-1]'
	value=
	for word in "${words[@]:1}"; do
		if [[ -n $value ]]; then
			value=
		elif [[ -z $verb ]]; then
			[[ $word == -* ]] && verb=list || verb=$word
			[[ $word != -* ]] || value=$(_srdctl_value list "$word")
		elif [[ $word == -?* ]]; then
			value=$(_srdctl_value "$verb" "$word")
		else
			operands+=("$word")
		fi
	done

	if [[ -n $value ]]; then
		_srdctl_offer_value "$verb" "$value"
	elif [[ $cur == --*=* ]]; then
		lead=${cur%%=*}=
		value=$(_srdctl_value "${verb:-list}" "${lead%=}") &&
			_srdctl_offer_value "${verb:-list}" "$value"
	elif [[ -z $verb && $cur != -* ]]; then
		_srdctl_offer < <(_srdctl_verbs)
	elif [[ -z $verb ]]; then
		_srdctl_offer < <(printf '%s\n' --version)
		_srdctl_offer_option list
	elif [[ $cur == -* && $verb != help ]]; then
		_srdctl_offer_option "$verb"
	else
		_srdctl_offer_operand "$verb" "${operands[@]}"
	fi
}

complete -F _srdctl srdctl
