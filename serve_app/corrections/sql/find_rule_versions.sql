-- For the service itself, over all workspaces.
SELECT workspaces.id, workspaces.name, rule_versions.version
FROM rule_versions JOIN workspaces ON workspaces.id = rule_versions.workspace
WHERE workspaces.name IS NOT NULL
