#!/bin/sh
# A sweep as a Slurm array: sbatch examples/sweep/slurm.sh
# Slurm tells each task SLURM_ARRAY_TASK_ID, _COUNT, _MIN and _STEP, from which the sweep takes its share.
# Afterwards: npx splitbrain merge-reports results
#SBATCH --job-name=sweep
#SBATCH --array=0-31
#SBATCH --cpus-per-task=4
#SBATCH --time=01:00:00
npx splitbrain sweep scenarios/cart.ts --seeds 1..1000000 --jobs "${SLURM_CPUS_PER_TASK:-4}" --out results || [ $? -eq 1 ]
