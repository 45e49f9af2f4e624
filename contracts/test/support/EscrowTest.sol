// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IKustodiaEscrow} from "../../src/IKustodiaEscrow.sol";
import {KustodiaEscrow} from "../../src/KustodiaEscrow.sol";
import {MockMXNB} from "../../src/test/MockMXNB.sol";
import {Vm, bound, vm} from "./Vm.sol";

/// @notice A token, an escrow contract and a bridge wallet with money, for every test.
abstract contract EscrowTest {
    bytes32 internal constant BRIDGE_ROLE = keccak256("BRIDGE_ROLE");
    bytes32 internal constant PAUSER_ROLE = keccak256("PAUSER_ROLE");
    bytes32 internal constant ADMIN_ROLE = 0;

    address internal constant ADMIN = address(0xAD);
    address internal constant BRIDGE = address(0xB1);
    address internal constant STRANGER = address(0x57);

    uint48 internal constant ADMIN_DELAY = 1 days;
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant RICH = 1e18;

    bytes32 internal constant REF = keccak256("a payment");
    uint256 internal constant AMOUNT = 1_500_500_000;
    uint64 internal constant CUSTODY = 3 days;

    MockMXNB internal token;
    KustodiaEscrow internal escrow;

    function setUp() public virtual {
        vm.warp(START);
        token = new MockMXNB(address(this), address(this), address(this));
        token.configureMinter(address(this), true);
        escrow = new KustodiaEscrow(ADMIN, ADMIN_DELAY, BRIDGE, address(token));
        endow(BRIDGE);
    }

    /// @dev Gives a wallet money and lets the escrow contract pull it.
    function endow(address wallet) internal {
        token.mint(wallet, RICH);
        vm.prank(wallet);
        token.approve(address(escrow), type(uint256).max);
    }

    function create() internal returns (uint256) {
        return create(REF);
    }

    function create(bytes32 ref) internal returns (uint256) {
        vm.prank(BRIDGE);
        return escrow.createAndFund(ref, address(token), AMOUNT, CUSTODY);
    }

    function disputed() internal returns (uint256 id) {
        id = create();
        vm.prank(BRIDGE);
        escrow.dispute(id, "goods_not_received");
    }

    function released() internal returns (uint256 id) {
        id = create();
        vm.warp(START + CUSTODY);
        vm.prank(BRIDGE);
        escrow.release(id);
    }

    function cancelled() internal returns (uint256 id) {
        id = create();
        vm.warp(START + CUSTODY);
        vm.prank(BRIDGE);
        escrow.cancel(id);
    }

    function expectMissingRole(address account, bytes32 role) internal {
        vm.expectRevert(abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, account, role));
    }

    function expectWrongStatus(uint256 id, IKustodiaEscrow.Status actual, IKustodiaEscrow.Status required) internal {
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.WrongStatus.selector, id, actual, required));
    }

    function assertStatus(uint256 id, IKustodiaEscrow.Status expected) internal view {
        vm.assertEq(uint256(escrow.getEscrow(id).status), uint256(expected), "status");
    }

    /// @dev Where the money of the one escrow is: in the contract, or back with the bridge wallet.
    function assertHeld(uint256 amount) internal view {
        vm.assertEq(token.balanceOf(address(escrow)), amount, "contract's balance");
        vm.assertEq(escrow.escrowedTotal(address(token)), amount, "escrowed total");
        vm.assertEq(token.balanceOf(BRIDGE), RICH - amount, "bridge's balance");
    }
}
