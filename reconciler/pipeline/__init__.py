"""The runs: what each command does, as a sequence of stages.

| run | room | what it does |
|---|---|---|
| `validate_run` | `validating` | says everything that is wrong with the files |
| `watch_run` | `validating` | says it again whenever a file changes |
| `providers_run` | `validating` | returns what each provider can do |
| `schemas_run` | `validating` | returns the JSON Schema of every document |
| `sandbox_numbers_run` | `validating` | returns the numbers that the sandbox is to know |
| `plan_run` | `showing` | plans, and sends nothing |
| `owed_plan_run` | `showing` | plans from the ledger, and says whether an apply is owed |
| `review_run` | `showing` | plans, and keeps what the review page shows beside the plan |
| `show_run` | `showing` | puts one profile's desired, live and remembered values side by side |
| `list_run` | `showing` | lists the profiles, from the files and the ledger |
| `fleet_run` | `showing` | lists them with what a page of them shows |
| `export_run` | `exporting` | reads what each number shows, a row for each profile |
| `merge_run` | `merging` | makes one plan of the plans of all shards |
| `merged_review_run` | `merging` | makes it, and keeps what the review page shows beside the plan |
| `merge_looks_run` | `merging` | makes one look of the looks of all shards |
| `merge_applies_run` | `merging` | tells what the applies of shards came to together |
| `apply_run` | `apply` | plans, decides, sends, reads back and records |
| `drift_run` | `drift` | says what moved elsewhere, and may write it into the files |
| `import_run` | `importing` | writes a file for each number of an account |
| `init_run` | `initialising` | writes a new repository, imports what it can, and plans |
| `demo_run` | `demonstrating` | writes the example fleet, and returns the commands that show it |
| `format_run` | `formatting` | puts the keys of profiles, templates and folders' defaults in order |
| `rollback_run` | `editing` | writes the values from before a run into the files |
| `doctor_run` | `doctor` | tries each account, its credentials and its numbers |
| `history_run` | `history` | returns what was sent to one profile |
| `runs_run` | `history` | returns every run that wrote |
| `ledger_check_run` | `ledger` | says what the ledger holds, and what of it no run can use |
| `ledger_repair_run` | `ledger` | takes out of the ledger what no run can use |
| `ledger_rekey_run` | `ledger` | shows what no mark vouches for, and marks it |
| `recover_run` | `history` | records what an apply could not record |

One profile's journey is: load → validate → resolve → fetch → diff → attribute → plan → gate → (approve) → apply →
verify → record. The runs plan, show, apply and drift begin with `planning.run_planning`. Only `apply_run` makes clients
that have code to write. A run is imported from its room, so that a command loads no more than its own.
"""
