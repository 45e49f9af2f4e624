// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IKustodiaEscrow} from "./IKustodiaEscrow.sol";

/**
 * @title EscrowAdmin
 * @notice Who may do what, which tokens may come in, and which address new escrows will pay. It holds no money.
 */
abstract contract EscrowAdmin is IKustodiaEscrow, AccessControlDefaultAdminRules, Pausable {
    /// @notice Funds, releases, disputes, resolves and cancels escrows. No account is two of admin, bridge and
    /// approver.
    bytes32 public constant BRIDGE_ROLE = keccak256("BRIDGE_ROLE");

    /// @notice Signs what lets an escrow end before its deadline. Its one own act is to redirect open escrows that
    /// are younger than its role, to an address that the admin has named, once it has had the role for the settlement
    /// delay.
    bytes32 public constant APPROVER_ROLE = keccak256("APPROVER_ROLE");

    /// @notice Stops new escrows. Only the admin lets them start again.
    bytes32 public constant PAUSER_ROLE = keccak256("PAUSER_ROLE");

    /// @notice Whether new escrows may hold this token. Open escrows do not depend on it.
    mapping(address token => bool allowed) public isTokenAllowed;

    /// @notice The one address that escrows pay which are funded now. It is theirs from then on, whatever the admin
    /// does.
    address public settlement;

    /// @notice Seconds from `scheduleSettlement` to `applySettlement`. It never changes: the admin's own delay, which
    /// may be shortened, hurries nothing here.
    uint48 public settlementDelay;

    /// @notice The settlement address that the admin has scheduled last, in force or not; zero if none ever was.
    address public scheduledSettlement;

    /// @notice Unix seconds; the first block time at which the admin can put `scheduledSettlement` in force.
    uint48 public settlementSchedule;

    /// @notice Gives out the roles and allows the first token. Approvers are granted afterwards.
    /// @param admin Holds the admin role, which passes on in two steps, and at first the pauser role.
    /// @param adminDelay Seconds between the two steps, which may change, and before a new settlement address can be
    /// put in force, which never do.
    /// @param bridgeWallet Gets the bridge role, and is the first settlement address. Not the admin, zero or this
    /// contract.
    /// @param token The first token that escrows may hold.
    constructor(address admin, uint48 adminDelay, address bridgeWallet, address token)
        AccessControlDefaultAdminRules(adminDelay, admin)
    {
        _requireUsable(bridgeWallet);
        _grantRole(BRIDGE_ROLE, bridgeWallet);
        _grantRole(PAUSER_ROLE, admin);
        _setTokenAllowed(token, true);
        _setSettlement(bridgeWallet);
        settlementDelay = adminDelay;
        emit SettlementDelaySet(adminDelay);
    }

    /// @notice Names the settlement address that `applySettlement` can put in force after `settlementDelay`, and to
    /// which whoever has been an approver for so long can redirect open escrows at once. A later call replaces an
    /// earlier one: to call one off, schedule the address that is in force.
    /// @dev The delay is what a stolen admin key leaves for seeing it and funding nothing more. What is in custody
    /// does not depend on it.
    /// @param newSettlement Neither zero nor this contract, whose own tokens `rescue` could then take.
    function scheduleSettlement(address newSettlement) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _requireUsable(newSettlement);
        uint48 schedule = uint48(block.timestamp) + settlementDelay;
        scheduledSettlement = newSettlement;
        settlementSchedule = schedule;
        emit SettlementScheduled(newSettlement, schedule);
    }

    /// @notice Puts the scheduled settlement address in force, for the escrows that are funded from here on.
    function applySettlement() external onlyRole(DEFAULT_ADMIN_ROLE) {
        address next = scheduledSettlement;
        uint48 schedule = settlementSchedule;
        if (next == address(0) || block.timestamp < schedule) revert SettlementNotDue(next, schedule);
        _setSettlement(next);
    }

    /// @notice Lets new escrows hold a token, or no longer. Open escrows end as they would have.
    /// @param token The ERC-20.
    /// @param allowed Whether new escrows may hold it.
    function setTokenAllowed(address token, bool allowed) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setTokenAllowed(token, allowed);
    }

    /// @notice Stops new escrows. Release, cancel, dispute and resolve go on.
    function pause() external onlyRole(PAUSER_ROLE) {
        _pause();
    }

    /// @notice Allows new escrows again.
    function unpause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _unpause();
    }

    /// @notice Every grant comes through here, the constructor's and the admin's succession too.
    /// @param role The role.
    /// @param account Who gets it.
    /// @return Whether the account did not have it.
    function _grantRole(bytes32 role, address account) internal virtual override returns (bool) {
        if (role == DEFAULT_ADMIN_ROLE || role == BRIDGE_ROLE || role == APPROVER_ROLE) {
            _requireNot(DEFAULT_ADMIN_ROLE, role, account);
            _requireNot(BRIDGE_ROLE, role, account);
            _requireNot(APPROVER_ROLE, role, account);
        }
        return super._grantRole(role, account);
    }

    /// @notice Reverts if an account that is to get a role has this other one.
    /// @param other The other role.
    /// @param role The role that it is to get.
    /// @param account The account.
    function _requireNot(bytes32 other, bytes32 role, address account) private view {
        if (other != role && hasRole(other, account)) revert RolesCollide(account, other);
    }

    /// @notice Reverts for what cannot be paid.
    /// @param newSettlement A settlement address to be.
    function _requireUsable(address newSettlement) private view {
        if (newSettlement == address(0) || newSettlement == address(this)) revert SettlementUnusable(newSettlement);
    }

    /// @notice Puts a settlement address in force.
    /// @param newSettlement The address.
    function _setSettlement(address newSettlement) private {
        settlement = newSettlement;
        emit SettlementSet(newSettlement);
    }

    /// @notice Lets new escrows hold a token, or no longer.
    /// @param token The ERC-20.
    /// @param allowed Whether they may.
    function _setTokenAllowed(address token, bool allowed) private {
        if (token == address(0)) revert ZeroAddress();
        isTokenAllowed[token] = allowed;
        emit TokenAllowedSet(token, allowed);
    }
}
