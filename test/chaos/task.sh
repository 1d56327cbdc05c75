#!/bin/sh
# What the commands of the attack suite run. It writes down by itself that it starts and ends, so that what happened is
# known from somebody else than Leeway.
#
#   task.sh <folder of facts> <manner> [milliseconds]
#
# One file of facts for each job, a line each:
#   start|end <attempt> <pid> <epoch ms>
#   beside    <attempt> <pid> <epoch ms> <other attempt> <other pid>   that other run of the same job still lives

facts="$1/$LEEWAY_JOB"
manner=$2
seconds=$(echo "${3:-0}" | awk '{ print $1 / 1000 }')

# A line is appended by one write, so lines of several processes do not mix.
fact() { echo "$1 $LEEWAY_ATTEMPT $$ $(date +%s%3N)${2:+ $2}" >> "$facts"; }

# Every run that has said "start" before and whose process still carries its attempt.
look_beside() {
  [ -f "$facts" ] || return 0
  while read -r word attempt pid _; do
    [ "$word" = start ] && [ "$attempt" != "$LEEWAY_ATTEMPT" ] || continue
    grep -qaz "^LEEWAY_ATTEMPT=$attempt\$" "/proc/$pid/environ" 2> /dev/null && fact beside "$attempt $pid"
  done < "$facts"
}

look_beside
fact start
case $manner in
  work)
    sleep "$seconds"
    echo "done by $LEEWAY_ATTEMPT"
    ;;
  fail)
    sleep "$seconds"
    echo 'it went wrong' >&2
    fact end
    exit 3
    ;;
  print)
    # Much more than is kept of it.
    i=0
    while [ "$i" -lt 400 ]; do
      echo "line $i of $LEEWAY_ATTEMPT: the quick brown fox jumps over the lazy dog, and over again, and over again"
      i=$((i + 1))
    done
    sleep "$seconds"
    echo "done by $LEEWAY_ATTEMPT"
    ;;
  family)
    # Children and grandchildren that stay for ever, and one that has left the group and lost its parent.
    (sleep 1000 & sleep 1000 & wait) &
    (setsid sh -c 'sleep 1000 & sleep 1000' > /dev/null 2>&1 &)
    sleep "$seconds"
    echo "done by $LEEWAY_ATTEMPT"
    ;;
  deaf)
    # Ends only by SIGKILL, and so do its children.
    trap '' TERM INT HUP
    setsid sh -c 'while :; do sleep 1; done' &
    while :; do sleep 1; done
    ;;
  hang)
    sleep 1000
    ;;
esac
fact end
