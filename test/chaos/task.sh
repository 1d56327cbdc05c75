#!/bin/sh
# What the commands of the chaos test run. It records its start and end itself, so that what happened is known
# independently of Leeway.
#
#   task.sh <folder of journals> <behaviour> [milliseconds]
#
# One journal for each job, a line each:
#   start|end <attempt> <pid> <epoch ms>
#   overlap   <attempt> <pid> <epoch ms> <other attempt> <other pid>   that other run of the same job is still alive

journal="$1/$LEEWAY_JOB"
behaviour=$2
seconds=$(echo "${3:-0}" | awk '{ print $1 / 1000 }')

# A line is appended by one write, so lines of several processes do not mix.
record() { echo "$1 $LEEWAY_ATTEMPT $$ $(date +%s%3N)${2:+ $2}" >> "$journal"; }

# Every run that has recorded its start and whose process still carries its attempt.
record_overlaps() {
  [ -f "$journal" ] || return 0
  while read -r event attempt pid _; do
    [ "$event" = start ] && [ "$attempt" != "$LEEWAY_ATTEMPT" ] || continue
    grep -qaz "^LEEWAY_ATTEMPT=$attempt\$" "/proc/$pid/environ" 2> /dev/null && record overlap "$attempt $pid"
  done < "$journal"
}

record_overlaps
record start
case $behaviour in
  work)
    sleep "$seconds"
    echo "done by $LEEWAY_ATTEMPT"
    ;;
  fail)
    sleep "$seconds"
    echo 'it went wrong' >&2
    record end
    exit 3
    ;;
  print)
    # Much more than is stored of it.
    i=0
    while [ "$i" -lt 400 ]; do
      echo "line $i of $LEEWAY_ATTEMPT: the quick brown fox jumps over the lazy dog, and over again, and over again"
      i=$((i + 1))
    done
    sleep "$seconds"
    echo "done by $LEEWAY_ATTEMPT"
    ;;
  leave-children)
    # Children and grandchildren that stay for ever, and one that has left the process group and lost its parent.
    (sleep 1000 & sleep 1000 & wait) &
    (setsid sh -c 'sleep 1000 & sleep 1000' > /dev/null 2>&1 &)
    sleep "$seconds"
    echo "done by $LEEWAY_ATTEMPT"
    ;;
  ignore-sigterm)
    # Ends only by SIGKILL, and so do its children.
    trap '' TERM INT HUP
    setsid sh -c 'while :; do sleep 1; done' &
    while :; do sleep 1; done
    ;;
  hang)
    sleep 1000
    ;;
esac
record end
