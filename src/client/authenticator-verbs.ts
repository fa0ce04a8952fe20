import type {
  AuthenticatorBody,
  AuthenticatorStatusBody,
  MadeAuthorityBody,
  NewAuthenticatorBody,
  PreviousAuthority,
  RecognitionBody,
  RecognitionQuestionBody,
} from '#api/authenticator-wire.ts'
import {
  createAuthenticator,
  deleteAuthenticator,
  enableAuthenticator,
  explainAuthentication,
  fetchAuthenticator,
  fetchAuthenticatorStatus,
  listAuthenticators,
  makeAuthority,
} from './authenticators.ts'
import type { Session } from './session.ts'

/** What a client does with authenticators. */
export interface AuthenticatorVerbs {
  /** Enables or disables an authenticator of the account, such as `authn-jwt/kube`. */
  enableAuthenticator(instance: string, enabled: boolean): Promise<void>
  /** The authenticators of the account, of one type (`jwt`) if that is named. */
  authenticators(type?: string): Promise<readonly AuthenticatorBody[]>
  authenticator(instance: string): Promise<AuthenticatorBody>
  createAuthenticator(
    instance: string,
    details: Omit<NewAuthenticatorBody, 'type' | 'name'>,
  ): Promise<AuthenticatorBody>
  deleteAuthenticator(instance: string): Promise<void>
  authenticatorStatus(instance: string): Promise<AuthenticatorStatusBody>
  /** Makes the authority of an instance of authn-k8s. */
  makeAuthority(instance: string, previous: PreviousAuthority): Promise<MadeAuthorityBody>
  /** Why the role of a question would be recognised by an authenticator or not. */
  explainAuthentication(
    instance: string,
    question: RecognitionQuestionBody,
  ): Promise<RecognitionBody>
}

/** The same for one session. */
export const authenticatorVerbs = (session: Session): AuthenticatorVerbs => ({
  enableAuthenticator: (instance, enabled) => enableAuthenticator(session, instance, enabled),
  authenticators: (type) => listAuthenticators(session, type),
  authenticator: (instance) => fetchAuthenticator(session, instance),
  createAuthenticator: (instance, details) => createAuthenticator(session, instance, details),
  deleteAuthenticator: (instance) => deleteAuthenticator(session, instance),
  authenticatorStatus: (instance) => fetchAuthenticatorStatus(session, instance),
  explainAuthentication: (instance, question) => explainAuthentication(session, instance, question),
  makeAuthority: (instance, previous) => makeAuthority(session, instance, previous),
})
