// The page on which a person creates a passkey, or uses one. What it is for stands in the fragment of its address, ACCOUNT/ID: the browser sends
// that to no server by itself, and it is worth nothing without the access token that asked for it. Everything shown is text, never markup.

/**
 * What the server says of a ceremony.
 *
 * @typedef {{
 *   purpose: 'enrolment' | 'verification'
 *   role: string
 *   name: string | null
 *   client_ip: string
 *   options: PublicKeyCredentialCreationOptionsJSON & PublicKeyCredentialRequestOptionsJSON
 *   callback: { port: number, state: string } | null
 * }} Ceremony
 */

/**
 * What the page shows.
 *
 * @typedef {{
 *   state: 'ready' | 'waiting' | 'done' | 'refused'
 *   title: string
 *   lead: string
 *   note?: string
 *   status?: string
 * }} Scene
 */

/** A refusal by the server, in words for a person. */
class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/**
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
function element(id, kind) {
  const found = document.querySelector(id)
  if (found instanceof kind) return found
  throw new Error(`the page has no ${id}`)
}

const main = element('main', HTMLElement)
const title = element('#title', HTMLHeadingElement)
const lead = element('#lead', HTMLParagraphElement)
const facts = element('#facts', HTMLDListElement)
const note = element('#note', HTMLParagraphElement)
const status = element('#status', HTMLDivElement)
const act = element('#act', HTMLButtonElement)
const handover = element('#handover', HTMLDivElement)
const code = element('#code', HTMLTextAreaElement)
const copy = element('#copy', HTMLButtonElement)

const CAREFUL =
  'If you have not just asked for this yourself, close this page and tell whoever runs Strongroom.'
const AGAIN = 'Go back to where you started, ask once more, and open the new link.'

const WORDS = {
  enrolment: {
    title: 'Create a passkey',
    lead: 'It becomes a second factor of the person named here.',
    act: 'Create the passkey',
    done: 'The passkey was created',
  },
  verification: {
    title: 'Confirm with your passkey',
    lead: 'It proves that it is really the person named here who is logged in.',
    act: 'Use the passkey',
    done: 'The passkey was accepted',
  },
}

/** @param {Scene} scene */
function show(scene) {
  main.dataset['state'] = scene.state
  delete main.dataset['trouble']
  title.textContent = scene.title
  document.title = `${scene.title} - Strongroom`
  lead.textContent = scene.lead
  note.textContent = scene.note ?? ''
  note.hidden = scene.note === undefined
  status.textContent = scene.status ?? ''
}

/**
 * Shows how it ended; the heading takes the focus, so that it is read out.
 *
 * @param {Scene} scene
 */
function end(scene) {
  act.hidden = true
  show(scene)
  title.focus()
}

/** @param {Ceremony} ceremony */
function showFacts({ role, name, client_ip: address }) {
  const [account = '', , ...login] = role.split(':')
  /** @type {[string, string | null][]} */
  const rows = [
    ['Person', login.join(':')],
    ['Account', account],
    ['Passkey', name],
    ['Asked from', address],
  ]
  const cells = rows.flatMap(([term, text]) =>
    text === null ? [] : [cell('dt', term), cell('dd', text)],
  )
  facts.replaceChildren(...cells)
  facts.hidden = false
}

/**
 * @param {'dt' | 'dd'} kind
 * @param {string} text
 */
function cell(kind, text) {
  const made = document.createElement(kind)
  made.textContent = text
  return made
}

/**
 * What the server answers, which is JSON. Throws a {@link Refusal} for anything but a success.
 *
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<unknown>}
 */
async function ask(path, init) {
  const answer = await fetch(path, { ...init, credentials: 'omit', cache: 'no-store' })
  const text = await answer.text()
  if (answer.ok) return JSON.parse(text)
  throw new Refusal(answer.status, messageIn(text) ?? `status ${answer.status}`)
}

/**
 * The message of an error of our server; nothing when something between has answered.
 *
 * @param {string} text
 * @returns {string | undefined}
 */
function messageIn(text) {
  try {
    const { error } = /** @type {{ error?: { message?: string } }} */ (JSON.parse(text))
    return error?.message
  } catch {
    return undefined
  }
}

/**
 * @param {Ceremony} ceremony
 * @returns {Promise<Credential | null>}
 */
function useDevice({ purpose, options }) {
  return purpose === 'enrolment'
    ? navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
      })
    : navigator.credentials.get({
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
      })
}

/**
 * What to do about an error of the browser that trying once more may mend; nothing for any other.
 *
 * @param {unknown} error
 * @returns {string | undefined}
 */
function adviceOn(error) {
  if (!(error instanceof DOMException)) return undefined
  if (error.name === 'NotAllowedError' || error.name === 'AbortError') {
    return 'It was cancelled, or took too long. Try again when you are ready.'
  }
  if (error.name === 'InvalidStateError') {
    return 'This device holds a passkey of yours already. Try again with another one.'
  }
  return undefined
}

/** @param {unknown} error */
function refuse(error) {
  facts.hidden = true
  if (error instanceof Refusal && error.status === 404) {
    end({
      state: 'refused',
      title: 'This link is no longer good',
      lead: 'A link like this works once, within five minutes.',
      note: AGAIN,
    })
    return
  }
  end({
    state: 'refused',
    title: 'That did not work',
    lead: reasonOf(error),
    note: `Nothing was changed in Strongroom. ${AGAIN}`,
  })
}

/**
 * @param {unknown} error
 * @returns {string}
 */
function reasonOf(error) {
  if (error instanceof Refusal) return `The server says: ${error.message}.`
  if (error instanceof TypeError) return 'The server did not answer.'
  const name = error instanceof Error ? error.name : ''
  return name === 'SecurityError'
    ? 'Passkeys work only at the address that the server was set up with, and this page was opened at another.'
    : `The browser says: ${name || 'something went wrong'}.`
}

/**
 * @param {Ceremony} ceremony
 * @param {string} proof
 */
function handOver({ purpose, callback }, proof) {
  const words = WORDS[purpose]
  history.replaceState(undefined, '', location.pathname)
  if (callback !== null) {
    end({
      state: 'done',
      title: words.done,
      lead: 'You are taken back to the terminal that asked for it.',
    })
    const query = new URLSearchParams({ code: proof, state: callback.state })
    location.replace(`http://127.0.0.1:${callback.port}/callback?${query}`)
    return
  }
  code.value = proof
  facts.hidden = true
  handover.hidden = false
  end({
    state: 'done',
    title: words.done,
    lead: 'Paste this code into the terminal that asked for it. It is good for five minutes from the start.',
    note: 'Whoever else asks you for it, on the telephone or in a message, is not to be trusted.',
  })
}

copy.addEventListener('click', () => {
  code.select()
  navigator.clipboard.writeText(code.value).then(
    () => (copy.textContent = 'Copied'),
    () => (copy.textContent = 'Select the code and copy it yourself'),
  )
})

/**
 * @param {string} path
 * @param {Ceremony} ceremony
 */
async function run(path, ceremony) {
  const words = WORDS[ceremony.purpose]
  const scene = {
    title: words.title,
    lead: words.lead,
    note: CAREFUL,
  }
  act.disabled = true
  show({
    ...scene,
    state: 'waiting',
    status: 'Waiting for your device: touch it, or confirm with finger, face or PIN.',
  })
  try {
    const response = await useDevice(ceremony)
    const body = JSON.stringify({ response })
    const headers = { 'Content-Type': 'application/json' }
    const answer = await ask(`${path}/response`, { method: 'POST', body, headers })
    handOver(ceremony, /** @type {{ code: string }} */ (answer).code)
  } catch (error) {
    const advice = adviceOn(error)
    if (advice === undefined) {
      refuse(error)
      return
    }
    show({ ...scene, state: 'ready', status: advice })
    main.dataset['trouble'] = ''
    act.disabled = false
    act.focus()
  }
}

/**
 * What keeps this browser from using passkeys here; nothing when it can.
 *
 * @returns {Scene | undefined}
 */
function obstacle() {
  if (!isSecureContext) {
    return {
      state: 'refused',
      title: 'No passkeys at this address',
      lead: 'Passkeys need an address that begins with https.',
      note: 'Open the link exactly as it was shown to you.',
    }
  }
  const isThere =
    'PublicKeyCredential' in globalThis &&
    'parseCreationOptionsFromJSON' in PublicKeyCredential &&
    'parseRequestOptionsFromJSON' in PublicKeyCredential
  if (isThere) return undefined
  return {
    state: 'refused',
    title: 'No passkeys in this browser',
    lead: 'This browser does not know passkeys, or only an early form of them.',
    note: 'Open the link in a current version of Chrome, Edge, Firefox or Safari.',
  }
}

async function begin() {
  const inTheWay = obstacle()
  if (inTheWay !== undefined) {
    end(inTheWay)
    return
  }
  const [account = '', id = ''] = location.hash.slice(1).split('/')
  const path = `/mfa/${account}/passkey-ceremonies/${id}`
  if (!/^[^/?#]+\/[\w-]+$/.test(location.hash.slice(1))) throw new Refusal(404, '')
  const ceremony = /** @type {Ceremony} */ (await ask(path))
  const words = WORDS[ceremony.purpose]
  showFacts(ceremony)
  show({
    state: 'ready',
    title: words.title,
    lead: words.lead,
    note: CAREFUL,
  })
  act.textContent = words.act
  act.hidden = false
  act.focus()
  act.addEventListener('click', () => void run(path, ceremony))
}

begin().catch(refuse)
