#!/bin/bash
# The audits of a plan as an array job: SLURM_ARRAY_TASK_ID is the number of the task. The plan comes first, and says how
# many audits it has (here 100):
#   export WEBEXAUDIT_LAKE=/srv/lake
#   PLAN=$(webexaudit-lake plan /srv/captures)
#   sbatch --array=0-99%20 slurm.sh "$PLAN"
#SBATCH --job-name=webexaudit-audit
#SBATCH --cpus-per-task=2
#SBATCH --mem=8G
#SBATCH --time=06:00:00
#SBATCH --requeue
set -eu
: "${WEBEXAUDIT_LAKE:?where the lake is}" "${1:?the name of the plan}"
exec webexaudit-lake audit --workers "${SLURM_CPUS_PER_TASK:-0}" "$1"
