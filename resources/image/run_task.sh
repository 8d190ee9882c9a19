#!/bin/sh
# Runs the package in /app/task and ends with its exit code. The worker does not need this file: it is for packages run by
# hand, `docker run -v PACKAGE:/app/task justin308/hivemind-worker`, as in the earlier HiveMind.
cd /app/task || exit 1
export PYTHONUNBUFFERED=1 PYTHONPATH="/app/task${PYTHONPATH:+:$PYTHONPATH}"
[ -d output ] || mkdir output 2>/dev/null

if [ -f run_task.sh ]; then
    exec bash run_task.sh "$@"
fi
for name in main task_script run app script start index; do
    if [ -f "$name.py" ]; then
        exec python3 -u "$name.py" "$@"
    fi
done
for file in *.py; do # the shell sorts these by name
    if [ -f "$file" ] && [ "$file" != __init__.py ]; then
        echo "run_task: no main, task_script, run, app, script, start or index .py here: running $file, the first by name"
        exec python3 -u "$file" "$@"
    fi
done

echo "run_task: no .py file in /app/task: nothing to run" >&2
exit 1
