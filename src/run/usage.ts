/** What `strongroom run --help` prints. */
export const USAGE = `Usage: strongroom run [flags] [--] COMMAND [ARGUMENT…]

Starts COMMAND with the secrets that secrets.yml names, as environment variables or files.

  -f FILE                       the secrets file (default: secrets.yml)
      --up                      look for the file in the folders above, too
      --yaml TEXT               the text of a secrets file instead of one
  -e, --environment NAME        the section of the file; the command finds its name in SUMMON_ENV
  -D NAME=VALUE                 what $NAME in the file stands for; may be repeated
  -i, --ignore KEY              start even when the secret for KEY is missing or refused; may be repeated
  -I, --ignore-all              the same for all keys
  -p, --provider NAME           ask a provider of Summon instead of the server (also SUMMON_PROVIDER)
  -V, --all-provider-versions   show the versions of the installed providers
      --env-file-format FORMAT  how @SUMMONENVFILE is written: summon (default), docker, kubectl or bash
      --mask                    replace values by *** in what the command prints
      --watch                   start the command anew when a value has changed
      --watch-interval TIME     how often to look (default: 30s)
      --watch-signal SIGNAL     send SIGNAL, with files renewed, instead of starting anew
      --fallback                when the server does not answer, use the values of the last run
      --fallback-max-age TIME   how old these may be (default: 24h)
      --pristine                keep our own login and settings out of the environment of the command
  -d, --debug                   show what happens on the standard error stream, never values
  -v, --version                 show the version
  -h, --help                    show this text

In the file:
  KEY: text                     the text itself
  KEY: !var ID                  the value of a variable
  KEY: !var:file ID             the path of a file with the value of a variable
  KEY: !file text               the path of a file with the text
  KEY: !var:default='x' ID      x where the value is empty
  summon.files: […]             files with several secrets

In the arguments of COMMAND, @SUMMONENVFILE stands for the path of a file with all variables, and the word
@SUMMONDOCKERARGS for the flags that hand them on to a container.

The exit code is that of COMMAND, 128 + N when signal N ended it, 126 when it cannot be run, and 127 when
it is not found or a secret cannot be had. See docs/reference/run.md.
`
