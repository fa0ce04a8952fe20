"""Makes calls with CyberArk's own client for Python, unmodified, and prints a line of JSON for what each answered.

Standard input is {"url", "account", "ca", "login": {...}, "calls": [[METHOD, ARGUMENT...], ...]}; `login` says by which strategy.
"""

import asyncio
import json
import sys

from conjur_api import Client
from conjur_api.errors.errors import HttpStatusError
from conjur_api.models import (
    ConjurConnectionInfo,
    CreateHostData,
    CreateTokenData,
    CredentialsData,
    ListMembersOfData,
    ListPermittedRolesData,
    Resource,
    SslVerificationMode,
)
from conjur_api.providers import AuthnAuthenticationStrategy, SimpleCredentialsProvider
from conjur_api.providers.aws_iam_authentication_strategy import AWSIAMAuthenticationStrategy
from conjur_api.providers.azure_authentication_strategy import AzureAuthenticationStrategy
from conjur_api.providers.gcp_authentication_strategy import GCPAuthenticationStrategy
from conjur_api.providers.jwt_authentication_strategy import JWTAuthenticationStrategy
from conjur_api.providers.ldap_authentication_strategy import LdapAuthenticationStrategy


def by_password(strategy):
    def of(url, username, password):
        credentials = SimpleCredentialsProvider()
        credentials.save(CredentialsData(username=username, password=password, machine=url))
        return strategy(credentials)

    return of


STRATEGIES = {
    'authn': by_password(AuthnAuthenticationStrategy),
    'authn-ldap': by_password(LdapAuthenticationStrategy),
    'authn-jwt': lambda url, token: JWTAuthenticationStrategy(token),
    'authn-iam': lambda url, **how: AWSIAMAuthenticationStrategy(**how),
    'authn-azure': lambda url, **how: AzureAuthenticationStrategy(**how),
    'authn-gcp': lambda url, **how: GCPAuthenticationStrategy(**how),
}


def members_of(**role):
    data = ListMembersOfData(identifier=role['identifier'])
    data.resource = Resource(role['kind'], role['identifier'])
    return data


DATA = {
    'list_permitted_roles': lambda **how: ListPermittedRolesData(**how),
    'list_members_of_role': members_of,
    'create_token': lambda **how: CreateTokenData(**how),
    'create_host': lambda **how: CreateHostData(**how),
    'rotate_other_api_key': lambda kind, identifier: Resource(kind, identifier),
}


def client_for(asked):
    how = dict(asked['login'])
    strategy = STRATEGIES[how.pop('type')]
    service = how.pop('service', None)
    info = ConjurConnectionInfo(
        conjur_url=asked['url'],
        account=asked['account'],
        cert_file=asked['ca'],
        service_id=service,
    )
    mode = SslVerificationMode.SELF_SIGN
    login = strategy(asked['url'], **how)
    return Client(info, authn_strategy=login, ssl_verification_mode=mode)


async def answer_to(client, method, arguments):
    if method in DATA:
        arguments = [DATA[method](**arguments[0])]
    try:
        answer = await getattr(client, method)(*arguments)
    except HttpStatusError as error:
        return {'status': error.status}
    return {'answer': answer.decode() if isinstance(answer, bytes) else answer}


async def main():
    asked = json.load(sys.stdin)
    client = client_for(asked)
    for method, *arguments in asked['calls']:
        print(json.dumps(await answer_to(client, method, arguments)), flush=True)


asyncio.run(main())
