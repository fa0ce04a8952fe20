/** The files that the tutorial puts into the folder in which the person works; whoever changed one keeps the change. */
export const GIVEN: Readonly<Record<string, string>> = {
  'app.yml': `# The policy of an app: what there is, and who may do what.
- !policy
  id: app
  body:
    - !variable password
    - !host web
    - !group readers
    - !permit
      role: !group readers
      privileges: [read, execute]
      resource: !variable password
    - !grant
      role: !group readers
      member: !host web
`,
  'secrets.yml': `# What the app needs, and from where. There is no secret in this file.
PASSWORD: !var app/password
`,
  'app.sh': `# An app that needs a password, and tells no one.
echo "the app has started, with a password of \${#PASSWORD} letters" | tee -a app.log
`,
}

/** The configuration of the app, which stands for the machine or container in which it runs. */
export const APP_CONFIGURATION = 'web.rc'

/** What the app logged. */
export const APP_LOG = 'app.log'
