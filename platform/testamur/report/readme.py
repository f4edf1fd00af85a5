"""The note that lies in every dossier."""

README = """This folder is a dossier of Testamur: a trained model together with the audit that was made of it.

report.html             the audit report; open it in any browser, no network needed
report.json             the same as data (JSON Schema: docs/report-schema.json of Testamur)
model_card.md           a summary with the same numbers, in the form of the Hugging Face hub
bom.cdx.json            the bill of materials: model, data, every distribution (CycloneDX)
requirements.txt        the same distributions, as pip installs them
crosswalk.json, .csv    fields of laws and standards, and where the report answers them
model/                  the weights (safetensors) and the description they are rebuilt from
encoder.json            how a row of the data becomes the model's input
job.toml                the job: data, model, training, policy, purpose, seed; to repeat it, copy
                        it to a folder of its own, see "Provenance" in the report
evidence/               the numbers behind the findings; aggregates only
restricted/             row-level evidence; remove the whole folder before you hand the dossier on
manifest.json           every file with its SHA-256
SHA256SUMS              the same list for `sha256sum --ignore-missing -c SHA256SUMS`
attestation.dsse.json   the platform's seal over all of it (in-toto statement, DSSE, ed25519)
signer.pub              the public key of the seal
signatures/             what persons decided on the report and signed, where anyone did

Verify:   testamur report verify FOLDER --key KEY.pub

KEY.pub must reach you on another way than this folder: the key inside proves only that the folder is
intact, not who made it. docs/verify.md of Testamur shows the same with sha256sum and openssl alone.

A seal says who made the report and that it is unchanged. It does not say that the model may be used:
read the decision view of the report, and what could not be measured.
"""
